"""Importing half a million receipt lines, to receipts, points, tiers and stats."""

import os
import resource
import time
from pathlib import Path

from bench.copying import copy_seconds
from bench.database import database, drop
from bench.figures import Run
from bench.registry import bench
from bench.retail_file import made_file
from crm_site.places import BASE_DIR
from kit import partitions
from loyalty.services.imports import import_file
from sales.services.profiles import load_profile

REAL = BASE_DIR.parent / "shared" / "data" / "online-retail.csv.gz"
PRODUCED = (
    "stores_product",
    "members_member",
    "members_membercard",
    "members_membersearch",
    "sales_receipt",
    "sales_receiptline",
    "sales_returnmatch",
    "sales_unmatchedreturn",
    "sales_memberstat",
    "sales_counterhour",
    "sales_storehour",
    "loyalty_account",
    "loyalty_pointstxn",
    "loyalty_pointslot",
    "loyalty_pointsentry",
    "loyalty_lotallocation",
    "loyalty_pointsdebt",
    "loyalty_tierprogress",
    "loyalty_earnline",
    "loyalty_tierperiod",
    "loyalty_pointsday",
)


@bench("import-sales", "A file of 541,909 receipt lines into an empty installation: receipts, points, tiers, stats")
def import_sales(run: Run) -> None:
    """The file is the one CRM_BENCH_RECEIPTS names, or the real receipts where they lie beside the clone, or made."""
    path = _file()
    drop("import")
    partitions.forget()
    with database("import"):
        profile = load_profile("online-retail")
        begun = time.perf_counter()
        result = import_file(path, profile=profile, actor=None)
        seconds = time.perf_counter() - begun
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        limit, _rows = copy_seconds([(table, "") for table in PRODUCED])
    run.figure("rate", result.lines / seconds, "1/s", n=result.lines, limit=result.lines / limit)
    run.figure("seconds", seconds, "s", n=result.lines, limit=limit)
    run.figure("ratio", limit / seconds, "", n=result.lines)
    run.figure("rss", rss, "MiB")
    partitions.forget()
    drop("import")


def _file() -> Path:
    if named := os.environ.get("CRM_BENCH_RECEIPTS"):
        return Path(named)
    return REAL if REAL.exists() else made_file()
