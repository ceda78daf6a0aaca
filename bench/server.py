"""The product's web server on a database of the benchmarks, started as bin/run starts it."""

import os
import shlex
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from crm_site.embedded import ensure_redis, stop_redis
from crm_site.management.commands.prepare import Command as Prepare
from crm_site.places import BASE_DIR
from crm_site.runner import processes


@contextmanager
def serve(database_url: str, *, data_dir: Path | None = None) -> Iterator[str]:
    """Run the web server; yields its address. Its log goes to CRM_DATA_DIR/web.log.

    With another `data_dir` it has a Redis of its own there, so that two servers do not read each other's cache.
    """
    Prepare().collect_static()
    port = _free_port()
    command, env = processes(port, settings.DATA_DIR)["web"]
    env = {**os.environ, **env, "DATABASE_URL": database_url, "CRM_DATA_DIR": str(settings.DATA_DIR)}
    if data_dir:
        env["REDIS_URL"] = ensure_redis(data_dir)
    with open(settings.DATA_DIR / "web.log", "ab") as log:
        web = subprocess.Popen(
            shlex.split(command), env=env, cwd=BASE_DIR, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _await(f"http://127.0.0.1:{port}/healthz", web)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(web.pid, signal.SIGTERM)
        web.wait(15)
        if data_dir:
            stop_redis(data_dir)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _await(address: str, web: subprocess.Popen) -> None:
    for _attempt in range(300):
        if web.poll() is not None:
            raise RuntimeError("The web server ended; see web.log in the data folder.")
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("The web server did not answer within 30 seconds.")
