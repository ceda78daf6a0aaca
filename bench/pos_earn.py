"""A till posting receipts over HTTP, eight at a time."""

import json
import re
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from bench.client import Connection, post
from bench.figures import Run
from bench.made_store import MEMBERS, PARTITIONED, made_store
from bench.recording import Statement, recorded, refuse_scans
from bench.registry import bench
from bench.server import serve
from bench.slips import Slips
from crm_site.embedded import postgres_bin, socket_dir
from kit.partitions import ensure_months

CLIENTS, EACH, WARM = 8, 300, 20
ENDPOINT = "/api/v1/receipts"
# Ids the recorded posting draws, told apart by their size; the replay puts other numbers in their place.
DRAWN = {
    "sales_receipt_id_seq": 91_000_000_000_001,
    "loyalty_pointstxn_id_seq": 92_000_000_000_001,
    "loyalty_pointslot_id_seq": 93_000_000_000_001,
    "loyalty_pointsentry_id_seq": 94_000_000_000_001,
}
MOST_DRAWN = 8


@bench("pos-earn", "Member receipts of 3 lines posted over HTTP by 8 clients, with rules, star, stats and ledger")
def pos_earn(run: Run) -> None:
    members = run.members or MEMBERS
    with made_store(run.members, run.receipts, scratch="earn") as url:
        slips = Slips(members)
        _open_accounts()
        with serve(url) as site:
            seconds, wall = _post_together(site, slips)
        recording = _record(slips)
        refuse_scans(recording.own)
        limit_rate, limit = _pgbench(_script(recording, members))
    run.figure("rate", len(seconds) / wall, "1/s", n=len(seconds), limit=limit_rate)
    run.figure("ratio", len(seconds) / wall / limit_rate, "", n=len(seconds))
    run.spread(seconds, limit=limit)
    run.figure("statements", len(recording.own), "")


def _open_accounts() -> None:
    """Everybody has an account under the member's own id, so that a replay can name it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO loyalty_account (id, member_id, available, pending, held, debt, earned_life, tier_rank,"
            " updated_at) SELECT id, id, 0, 0, 0, 0, 0, 0, now() FROM members_member m"
            " WHERE NOT EXISTS (SELECT 1 FROM loyalty_account a WHERE a.member_id = m.id)"
        )


def _message(slips: Slips) -> bytes:
    return post(ENDPOINT, json.dumps(slips.slip()).encode(), **slips.headers())


def _post_together(site: str, slips: Slips) -> tuple[list[float], float]:
    """Eight clients, each with a connection of its own; seconds of each request, and of all together."""
    messages = [[_message(slips) for _ in range(WARM + EACH)] for _ in range(CLIENTS)]
    gate = threading.Barrier(CLIENTS + 1)
    taken: list[list[float]] = [[] for _ in messages]
    failures: list[Exception] = []

    def client(number: int) -> None:
        line = Connection(site)
        try:
            for message in messages[number][:WARM]:
                line.timed(message, expect=201)
            gate.wait()
            taken[number] += [line.timed(message, expect=201)[0] for message in messages[number][WARM:]]
        except Exception as error:
            failures.append(error)
            gate.abort()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        gate.wait()
    except threading.BrokenBarrierError:
        raise failures[0] from None
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - begun
    if failures:
        raise failures[0]
    return [second for some in taken for second in some], wall


@dataclass(frozen=True)
class Recording:
    """The statements of one posting, and what in them belongs to this posting alone."""

    statements: list[Statement]
    member: int
    card: str
    document: str
    key: str

    @property
    def own(self) -> list[Statement]:
        """Without the savepoints that stand for the transaction here."""
        return [one for one in self.statements if not one.sql.startswith(("SAVEPOINT", "RELEASE"))]


def _record(slips: Slips) -> Recording:
    """The statements of one posting, with ids that can be told apart; what it wrote is undone."""
    # What a process keeps in mind is there, as after the first posting of the day.
    ensure_months(PARTITIONED, [timezone.localdate()])
    member = {"card": slips.slip()["member"]["card"]}
    Client(headers={"host": "127.0.0.1", **slips.headers()}).get("/api/v1/members/lookup", member)
    _post_here(slips)
    return _post_here(slips)


def _post_here(slips: Slips) -> Recording:
    slip, headers = slips.slip(), slips.headers()
    card, document = slip["member"]["card"], slip["document"]
    with connection.cursor() as cursor:
        for sequence, start in DRAWN.items():
            cursor.execute("SELECT setval(%s, %s, false)", [sequence, start])
    with transaction.atomic(), recorded() as statements:
        client = Client(headers={"host": "127.0.0.1", **headers})
        answer = client.post(ENDPOINT, json.dumps(slip), content_type="application/json")
        transaction.set_rollback(True)
    if answer.status_code != 201:
        raise RuntimeError(f"The posting was answered {answer.status_code}: {answer.content[:300]!r}")
    return Recording(statements, int(card[4:]), card, document, headers["Idempotency-Key"])


def _script(recording: Recording, members: int) -> str:
    """A script for pgbench: the recorded statements, each time for another member and with fresh ids."""
    depth, lines = 0, []
    with connection.cursor() as cursor:
        for one in recording.statements:
            if one.sql.startswith("SAVEPOINT"):
                depth += 1
                lines += ["BEGIN;"] if depth == 1 else []
            elif one.sql.startswith("RELEASE"):
                depth -= 1
                lines += ["END;"] if depth == 0 else []
            else:
                text = cursor.mogrify(one.sql, one.params)
                lines.append(" ".join((text.decode() if isinstance(text, bytes) else text).split()) + ";")
    body = "\n".join(lines)
    body = body.replace(recording.card, ":card").replace(recording.document, "replay-:r")
    body = body.replace(recording.key, "replay-:r")
    body = re.sub(rf"(?<![\w.'/-]){recording.member}(?![\w.])", ":m", body)
    head = [
        f"\\set m random(1, {members})",
        f"\\set card {recording.card[:4]}0000000000 + :m",
        "\\set r random(1, 900000000000) * 1000 + 1000000000000000",
    ]
    for number, start in enumerate(DRAWN.values()):
        for step in range(MOST_DRAWN):
            if str(start + step) in body:
                name = f"d{number}x{step}"
                head.append(f"\\set {name} :r * 10 + {step}")
                body = body.replace(str(start + step), f":{name}")
    return "\n".join([*_preparing(), *head, body, ""])


def _preparing() -> list[str]:
    """What this connection has prepared, for each client of pgbench to prepare once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        prepared = [" ".join(row[0].split()).rstrip(";") + ";" for row in cursor.fetchall()]
    if not prepared:
        return []
    return ["\\if :prepared = 0", "SET plan_cache_mode = force_generic_plan;", *prepared, "\\set prepared 1", "\\endif"]


def _pgbench(script: str) -> tuple[float, list[float]]:
    """Transactions per second and seconds of each, eight clients at a time."""
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR) as folder:
        path = Path(folder) / "posting.sql"
        path.write_text(script)
        command = [
            str(postgres_bin() / "pgbench"), "-n", "-D", "prepared=0", "-c", str(CLIENTS), "-j", "2", "-f", str(path), "-U", "postgres",
            "-h", str(socket_dir(settings.DATA_DIR, "pg-socket")), "--log", f"--log-prefix={folder}/log",
        ]  # fmt: skip
        database = connection.settings_dict["NAME"]
        subprocess.run([*command, "-t", str(WARM), database], check=True)
        for log in Path(folder).glob("log*"):
            log.unlink()
        done = subprocess.run([*command, "-t", str(EACH), database], capture_output=True, text=True)
        if done.returncode != 0 or "number of failed transactions: 0" not in done.stdout:
            raise RuntimeError(done.stdout + done.stderr)
        rate = float(re.search(r"tps = ([\d.]+)", done.stdout)[1])
        logs = [line.split() for log in Path(folder).glob("log*") for line in log.read_text().splitlines()]
        return rate, [int(words[2]) / 1e6 for words in logs]
