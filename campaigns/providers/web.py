"""Calls over HTTP, several at once within a time of their own, and what a broken one tells."""

import ssl
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from campaigns.providers.protocol import Outcome, Verdict

T = TypeVar("T")
CONNECT_SECONDS, READ_SECONDS = 5, 10
# Calls of one worker that are on their way at the same time: as many as the packages keep connections for.
AT_ONCE = 10


def each(items: Sequence[T], call: Callable[[T], Outcome], *, seconds: float, otherwise: Verdict) -> list[Outcome]:
    """One outcome for each item, in order. What could not be begun within so many seconds is not begun any more."""
    until = time.monotonic() + seconds

    def one(item: T) -> Outcome:
        if time.monotonic() > until:
            return Outcome(otherwise, note="no time left")
        try:
            return call(item)
        except Exception as exc:  # whatever a package raises: only what surely never left is tried again
            return outcome_of_failure(exc)

    with ThreadPoolExecutor(max_workers=max(1, min(AT_ONCE, len(items)))) as pool:
        return list(pool.map(one, items))


def read_seconds(whole: int) -> int:
    """How long the answer to one call is waited for, where all calls together may take so long."""
    return max(1, min(READ_SECONDS, whole))


def outcome_of_failure(exc: BaseException) -> Outcome:
    """LATER where no connection came about, so that nothing can have been taken; UNKNOWN for everything else."""
    return Outcome(
        Verdict.LATER if never_connected(exc) else Verdict.UNKNOWN, note=f"{type(exc).__name__}: {exc}"[:200]
    )


def never_connected(exc: BaseException) -> bool:
    """Whether an exception of a package over `requests` comes from a connection that was never made."""
    from requests.exceptions import ConnectTimeout
    from urllib3.exceptions import NewConnectionError

    certain = (ConnectTimeout, NewConnectionError, ssl.SSLCertVerificationError)
    seen: list[BaseException] = []
    waiting: list[object] = [exc]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or any(one is other for other in seen):
            continue
        if isinstance(one, certain):
            return True
        seen.append(one)
        # `reason` is urllib3's, `inner_exception` Aliyun's.
        waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), getattr(one, "inner_exception", None)]
        waiting += one.args
    return False
