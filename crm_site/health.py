"""Is the process alive, and is everything it needs there?"""

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from crm_site.celery import app
from staff.tasks import HEARTBEAT_KEY


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, migrations, broker and worker are there; 503 with the names of what is not."""
    checks = {
        "database": _database(),
        "migrations": _migrations(),
        "broker": _broker(),
        "worker": _worker(),
    }
    ready = all(state == "ok" for state in checks.values())
    response = JsonResponse({"status": "ok" if ready else "not ready", "checks": checks}, status=200 if ready else 503)
    response._has_been_logged = True  # being not ready yet is an answer, not an error
    return response


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


def _migrations() -> str:
    try:
        executor = MigrationExecutor(connection)
        return "pending" if executor.migration_plan(executor.loader.graph.leaf_nodes()) else "ok"
    except DatabaseError:
        return "unknown"


def _broker() -> str:
    try:
        with app.connection_for_read(connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except (OSError, KombuError, RedisError):
        return "unreachable"
    return "ok"


def _worker() -> str:
    try:
        return "ok" if cache.get(HEARTBEAT_KEY) else "silent"
    except RedisError:
        return "unknown"
