"""Bring an installation up to date: translations, static files, migrations, the demo store in an empty database."""

import hashlib
import io
from pathlib import Path

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from crm_site.places import BASE_DIR
from crm_site.translations import compile_catalogues
from members.services.reason_rules import install_reason_rules
from stores.models import Store


class Command(BaseCommand):
    help = "Compile translations, collect static files, migrate, and fill an empty database."

    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        compile_catalogues()
        self.collect_static()
        self.migrate()
        self.fill()

    def step(self, text: str) -> None:
        self.stdout.write(f"          {text}")
        self.stdout.flush()

    def collect_static(self) -> None:
        wanted = static_hash()
        stamp = Path(settings.STATIC_ROOT) / ".stamp"
        if not settings.DEBUG and not (stamp.exists() and stamp.read_text() == wanted):
            self.step("collecting static files")
            call_command("collectstatic", interactive=False, verbosity=0)
            stamp.write_text(wanted)

    def migrate(self) -> None:
        executor = MigrationExecutor(connection)
        if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.step(f"migrating the database ({len(plan)} steps)")
            call_command("migrate", interactive=False, verbosity=0)

    def fill(self) -> None:
        commands = get_commands()
        if "load_shipped" in commands:
            call_command("load_shipped", verbosity=0)
        if settings.DEMO and "demo" in commands and not Store.objects.exists():
            self.step("building the demo store")
            call_command("demo")
        call_command("install_flows", verbosity=0, stdout=io.StringIO())
        install_reason_rules()


def static_hash() -> str:
    """Changes when our static files, the assets or the packages that bring static files change."""
    digest = hashlib.sha256()
    for folder in (BASE_DIR / "static", settings.ASSETS_DIR):
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                digest.update(str(file).encode() + file.read_bytes())
    digest.update((BASE_DIR / "requirements.txt").read_bytes())
    return digest.hexdigest()
