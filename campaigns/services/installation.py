"""Which installation sends from this database: a restored copy must not send what the original sends."""

import secrets
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import SendingDesk
from campaigns.send_exceptions import NotThisInstallation
from campaigns.services.addresses import address_key
from staff.audit import record
from staff.models import User


def own_name() -> str:
    """This installation and its database: a copy of the database, or the same one under another roof, is another.

    Several hosts that serve one database share `CRM_INSTALLATION`; else the name lies in the data folder.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT oid::text || ':' || datname FROM pg_database WHERE datname = current_database()")
        database = cursor.fetchone()[0]
    return f"{settings.INSTALLATION or _kept_name()}:{database}"[:120]


def _kept_name() -> str:
    path = Path(settings.DATA_DIR) / "installation"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="ascii") as file:
                file.write(secrets.token_hex(8))
        except FileExistsError:
            pass
    return path.read_text(encoding="ascii").strip()


def may_send_here() -> bool:
    """Whether this installation sends from this database. The first one that asks takes the place."""
    address_key.get()
    name = own_name()
    now = timezone.now()
    SendingDesk.objects.filter(pk=1, installation="").update(installation=name, taken_at=now, seen_at=now)
    return SendingDesk.objects.filter(pk=1, installation=name).update(seen_at=now) == 1


def require_installation() -> None:
    """Raise unless this installation sends from this database."""
    if not may_send_here():
        raise NotThisInstallation(
            _("Another installation sends from this database. If this is not a copy, take over sending first.")
        )


@transaction.atomic
def take_over_sending(*, actor: User | None, reason: str = "") -> SendingDesk:
    """Let this installation send from now on, and no other. A second call changes nothing."""
    address_key.get()
    desk = SendingDesk.objects.select_for_update().get(pk=1)
    name, now = own_name(), timezone.now()
    if desk.installation != name:
        before = desk.installation
        desk.installation, desk.taken_at, desk.seen_at = name, now, now
        desk.save(update_fields=["installation", "taken_at", "seen_at"])
        record(actor, "campaigns.sending_taken_over", None, before=before, now=name, reason=reason[:200])
    return desk
