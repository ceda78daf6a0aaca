"""`bin/run`: prepares the database, then keeps web, workers, clock and the embedded services running until Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
from honcho.manager import Manager
from honcho.printer import Printer

from crm_site import embedded
from crm_site.places import BASE_DIR, data_dir, push_port

BEGUN = float(os.environ.get("CRM_BEGUN") or time.time())


def say(text: str) -> None:
    print(f"\033[2m{time.time() - BEGUN:6.1f} s\033[0m  {text}", flush=True)


def port_of() -> int:
    text = os.environ.get("CRM_PORT", "8000")
    if not text.isdigit() or not 0 < int(text) < 65536:
        sys.exit(f"CRM_PORT must be a port number, not {text!r}.")
    return int(text)


def refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            sys.exit(f"Port {port} is taken. Stop what uses it, or choose another: CRM_PORT=8001 bin/run")


PARTS = (
    "crm_site.runner",
    "gunicorn crm_site.wsgi",
    "crm_site.push",
    "celery -q -A crm_site",
    "crm_site.embedded watch",
)


def end_leftovers(folder: Path) -> None:
    """After a `kill -9` of bin/run its parts live on without it; end them. A living bin/run is left alone."""
    me = psutil.Process()
    note = folder / "run.pid"
    try:
        pid, began = note.read_text().split()
        other = psutil.Process(int(pid))
        if other.create_time() == float(began) and other.status() != psutil.STATUS_ZOMBIE:
            sys.exit(f"Atrium already runs on {folder} (process {pid}). Stop it first.")
    except (OSError, ValueError, psutil.Error):
        pass  # never ran, or ended
    note.write_text(f"{me.pid} {me.create_time()}")
    own = {process.pid for process in [me, *me.parents()]}
    left = [process for process in psutil.process_iter() if process.pid not in own and _is_part(process, folder)]
    for process in left:
        _signal(process, signal.SIGTERM)
    _gone, stubborn = psutil.wait_procs(left, timeout=5)
    for process in stubborn:
        _signal(process, signal.SIGKILL)


def _is_part(process: psutil.Process, folder: Path) -> bool:
    try:
        line = " ".join(process.cmdline())
        return any(part in line for part in PARTS) and process.environ().get("CRM_RUN_DATA") == str(folder)
    except psutil.Error:
        return False


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.Error:
        return


def processes(port: int, folder: Path) -> dict[str, tuple[str, dict[str, str]]]:
    """What runs, and the environment each part needs besides the common one."""
    python = sys.executable
    celery = f"{python} -m celery -q -A crm_site worker --loglevel WARNING --without-gossip --without-mingle"
    shm = "--worker-tmp-dir /dev/shm" if Path("/dev/shm").is_dir() else ""  # noqa: S108 - gunicorn's heartbeat file
    web = (
        f"{python} -m gunicorn crm_site.wsgi --bind 127.0.0.1:{port} --workers 4 --threads 4"
        f" --worker-class gthread --keep-alive 15 --timeout 60 --graceful-timeout 5 --log-level warning {shm}"
    )
    background = {"CRM_STATEMENT_TIMEOUT_MS": "0", "CRM_LOCK_TIMEOUT_MS": "15000"}
    return {
        "services": (f"{python} -m crm_site.embedded watch", {}),
        "web": (web, {}),
        "push": (f"{python} -m crm_site.push {push_port(port)}", {}),
        "worker": (f"{celery} -n worker@%h -c 1 -Q celery", background),
        "jobs": (f"{celery} -n jobs@%h -c 1 -Q jobs", background),
        "sends": (f"{celery} -n sends@%h -c 1 -Q sends", background),
        "beat": (
            f"{python} -m celery -q -A crm_site beat --loglevel WARNING --pidfile= -s {folder / 'beat-schedule'}",
            background,
        ),
    }


def announce(port: int, stopping: threading.Event) -> None:
    """Wait until the product answers, then say where it is."""
    address = f"http://127.0.0.1:{port}"
    while not stopping.wait(0.1):
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    break
        except (urllib.error.URLError, OSError):
            continue
    if stopping.is_set():
        return
    say("ready")
    print(f"\n    Atrium   {address}\n", flush=True)
    if os.environ.get("CRM_DEMO", "1") not in ("0", "false", "no", "off"):
        print("    Accounts clerk associate agent marketer buyer finance manager ceo admin", flush=True)
        print("    Password atrium-demo\n", flush=True)
    else:
        print("    First account: .venv/bin/python manage.py createsuperuser\n", flush=True)
    print("    Ctrl-C stops everything.\n", flush=True)


def main() -> None:
    port, folder = port_of(), data_dir()
    end_leftovers(folder)
    refuse_taken_port(port)
    refuse_taken_port(push_port(port))
    os.chdir(BASE_DIR)
    # A signal that comes while the database is being prepared must stop the services too.
    try:
        say("starting the database")
        done = subprocess.run([sys.executable, "manage.py", "prepare"], check=False)
        if done.returncode != 0:
            sys.exit(done.returncode)
        manager = Manager(Printer(sys.stdout))
        for name, (command, env) in processes(port, folder).items():
            full = {**os.environ, **env, "PYTHONUNBUFFERED": "1"}
            manager.add_process(name, f"exec {command}", env=full, quiet=False, cwd=str(BASE_DIR))
        stopping = threading.Event()
        threading.Thread(target=announce, args=(port, stopping), daemon=True).start()
        signal.signal(signal.SIGHUP, lambda *_: manager.terminate())
        try:
            manager.loop()
        finally:
            stopping.set()
        code = manager.returncode or 0
    except KeyboardInterrupt:
        code = 130
    finally:
        say("stopping the database")
        if not os.environ.get("DATABASE_URL"):
            embedded.stop_postgres(folder)
        if not os.environ.get("REDIS_URL"):
            embedded.stop_redis(folder)
        say("stopped")
    sys.exit(0 if code in (130, -2, -15, 143) else code)


if __name__ == "__main__":
    main()
