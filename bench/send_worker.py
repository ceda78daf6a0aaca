"""A worker that sends, as a process of its own: `python -m bench.send_worker KIND SECONDS`. Its connection comes from the
environment; at the end it says how many it handed over and what memory it held, early and late."""

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("CRM_STATEMENT_TIMEOUT_MS", "0")
os.environ.setdefault("CRM_LOCK_TIMEOUT_MS", "15000")


def rss() -> float:
    """Resident memory now, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main(kind: str, seconds: float) -> None:
    import django

    django.setup()
    from django.db import DatabaseError, InterfaceError, connection

    from bench.stub_provider import take_the_place_of
    from campaigns.services import leasing, reconciling
    from campaigns.services.pumping import pump
    from campaigns.services.ticking import tick

    backend = os.environ.get("ATRIUM_STUB_BACKEND", "file")
    if kind != "own":
        take_the_place_of(backend, kind)
    if os.environ.get("ATRIUM_STUB_HASTE"):
        # Everything that waits for minutes in the store waits for seconds here.
        leasing.LEASE = reconciling.LEASE = leasing.timedelta(seconds=8)
        reconciling.GRACE = leasing.timedelta(seconds=1)
        reconciling.GIVE_UP_ASKING = leasing.timedelta(seconds=10)
        from campaigns.services import calling, recording

        calling.LEASE = leasing.LEASE
        recording.WAITS = (leasing.timedelta(seconds=1),)
    done, early, begun = 0, 0.0, time.monotonic()
    ticked = begun
    while time.monotonic() - begun < seconds:
        try:
            went = pump(seconds=2.0, idle=0.05)
            done += went
            if time.monotonic() - ticked > 2:
                ticked = time.monotonic()
                if tick() == 0 and kind != "BookProvider":
                    break
            if not went:
                time.sleep(0.2)
        except (DatabaseError, InterfaceError):
            connection.close()
            time.sleep(0.3)
        if not early and done:
            early = rss()
    print(json.dumps({"done": done, "early": early, "late": rss(), "seconds": time.monotonic() - begun}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
