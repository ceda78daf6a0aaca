"""`bin/bench NAME… [--members N] [--receipts N] [--json FILE] [--list]`"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

from crm_site.places import data_dir


def main() -> None:
    parser = argparse.ArgumentParser(prog="bin/bench", description="Runs named benchmarks and prints their figures.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="which benchmarks (all of them when none is named)")
    parser.add_argument("--members", type=int, help="members in the data; each benchmark has its own default")
    parser.add_argument("--receipts", type=int, help="receipts in the data")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures as a list of objects")
    parser.add_argument("--list", action="store_true", help="name the benchmarks and stop")
    options = parser.parse_args()

    os.environ.setdefault("CRM_ASSETS_DIR", str(data_dir() / "assets"))
    os.environ["CRM_DATA_DIR"] = str(data_dir() / "bench")
    os.environ["DJANGO_SETTINGS_MODULE"] = "crm_site.settings"
    os.environ["CRM_STATEMENT_TIMEOUT_MS"] = "0"
    os.environ["CRM_DEMO"] = "0"
    import django

    django.setup()
    from bench import Run, benches

    known = benches()
    if options.list:
        for one in known.values():
            print(f"{one.name:20} {one.help}")
        return
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"no such benchmark: {', '.join(unknown)} (see --list)")

    figures = []
    for name in options.names or known:
        print(f"\n{name}: {known[name].help}", flush=True)
        begun = time.monotonic()
        run = Run(name, options.members, options.receipts)
        known[name].measure(run)
        for figure in run.figures:
            print(_line(figure), flush=True)
        print(f"  ({time.monotonic() - begun:.1f} s)", flush=True)
        figures += run.figures
    if options.json:
        options.json.write_text(json.dumps([figure.as_dict() for figure in figures], indent=1) + "\n")


def _line(figure) -> str:
    limit = f"   limit {figure.limit:,.2f}, ratio {figure.ratio:.3f}" if figure.limit else ""
    return f"  {figure.name:32} {figure.value:>14,.2f} {figure.unit:<5} n={figure.n}{limit}"


if __name__ == "__main__":
    sys.exit(main())
