"""How fast the shell itself is: the floor under every page."""

import time
import urllib.request

from bench.database import database
from bench.figures import Run
from bench.registry import bench
from bench.server import serve


@bench("shell", "The login page over HTTP with one client: the floor under every page")
def shell(run: Run) -> None:
    with database("shell") as url, serve(url) as site:

        def fetch(path: str) -> float:
            begun = time.perf_counter()
            with urllib.request.urlopen(f"{site}{path}") as answer:
                answer.read()
            return time.perf_counter() - begun

        for _warm in range(20):
            fetch("/login/")
        alive = [fetch("/healthz") for _ in range(300)]
        run.spread([fetch("/login/") for _ in range(300)], limit=alive)
