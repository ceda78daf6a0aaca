"""Batches of five thousand receipts, as the e-mall or a store that was offline sends them."""

import json
import resource
import time

from django.db import connection
from django.test import Client

from bench.copying import copy_seconds
from bench.figures import Run
from bench.made_store import MEMBERS, made_store
from bench.registry import bench
from bench.slips import Slips

BATCHES, RECEIPTS_EACH = 4, 5_000


@bench("pos-batch", "Batches of 5,000 receipts of 3 lines, all members', with rules, through the API in this process")
def pos_batch(run: Run) -> None:
    """The whole way behind the socket: the body is read and checked, posted, answered, and the answer kept."""
    with made_store(run.members, run.receipts, scratch="batch"):
        slips, client = Slips(run.members or MEMBERS), Client(headers={"host": "127.0.0.1"})
        bodies = [json.dumps({"receipts": [slips.slip() for _ in range(RECEIPTS_EACH)]}) for _ in range(BATCHES + 1)]
        _send(client, slips, bodies.pop())  # what is read and kept once: rules, plans, pages of indexes
        first = _last_ids()
        seconds = [_send(client, slips, body) for body in bodies]
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        limit, _rows = copy_seconds(_new_rows(first))
    count = RECEIPTS_EACH * len(seconds)
    run.figure("rate", count / sum(seconds), "1/s", n=count, limit=count / limit)
    run.figure("ratio", limit / sum(seconds), "", n=count)
    run.spread(seconds)
    run.figure("rss", rss, "MiB")


def _send(client: Client, slips: Slips, body: str) -> float:
    headers = slips.headers()
    begun = time.perf_counter()
    answer = client.post("/api/v1/receipts/batch", body, content_type="application/json", headers=headers)
    seconds = time.perf_counter() - begun
    verdicts = answer.json()
    if answer.status_code != 200 or verdicts["posted"] != RECEIPTS_EACH:
        raise RuntimeError(f"The batch was answered {answer.status_code}: {str(verdicts)[:500]}")
    return seconds


def _last_ids() -> dict[str, int]:
    with connection.cursor() as cursor:
        tables = (
            "sales_receipt",
            "loyalty_pointstxn",
            "loyalty_pointslot",
            "loyalty_tierprogress",
            "loyalty_tierperiod",
        )
        cursor.execute("SELECT " + ", ".join(f"(SELECT coalesce(max(id), 0) FROM {table})" for table in tables))
        return dict(zip(tables, cursor.fetchone(), strict=True))


def _new_rows(last: dict[str, int]) -> list[tuple[str, str]]:
    """Every row the batches wrote: new ones, and figures and accounts as they are now."""
    receipt, txn = last["sales_receipt"], last["loyalty_pointstxn"]
    days = f"(SELECT DISTINCT sold_on FROM sales_receipt WHERE id > {receipt})"
    whose = f"(SELECT member_id FROM sales_receipt WHERE id > {receipt})"
    return [
        ("sales_receipt", f"id > {receipt}"),
        ("sales_receiptline", f"receipt_id > {receipt} AND sold_on IN {days}"),
        ("sales_payment", f"receipt_id > {receipt}"),
        ("sales_memberstat", f"member_id IN {whose}"),
        ("sales_counterhour", f"sold_on IN {days}"),
        ("sales_storehour", f"sold_on IN {days}"),
        ("loyalty_account", f"member_id IN {whose}"),
        ("loyalty_pointstxn", f"id > {txn}"),
        ("loyalty_pointsentry", f"txn_id > {txn} AND business_on IN {days}"),
        ("loyalty_pointslot", f"id > {last['loyalty_pointslot']}"),
        ("loyalty_earnline", f"receipt_id > {receipt} AND sold_on IN {days}"),
        ("loyalty_tierprogress", f"id > {last['loyalty_tierprogress']}"),
        ("loyalty_tierperiod", f"id > {last['loyalty_tierperiod']}"),
    ]
