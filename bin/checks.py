"""`bin/test`: everything CI runs. Runs all checks, then says which of them failed.

bin/test [--quick] [PYTEST ARGUMENTS…]   --quick leaves the browser tests out
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def ensure_browser() -> None:
    """Debian's Chromium and Chinese fonts, where this may install packages."""
    if browser() or not shutil.which("apt-get"):
        return
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if sudo and subprocess.run([*sudo, "true"], capture_output=True, check=False).returncode != 0:
        return
    print("Installing Chromium for the browser tests", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "chromium", "fonts-noto-cjk"]):
        subprocess.run([*sudo, "apt-get", *command], stdout=subprocess.DEVNULL, env=env, check=False)


def step(title: str, *command: str, **env: str) -> bool:
    begun = time.monotonic()
    print(f"\n== {title}", flush=True)
    done = subprocess.run(command, cwd=BASE, env={**os.environ, **env}, check=False)
    good = done.returncode == 0
    print(f"   {'ok' if good else 'FAILED'} ({time.monotonic() - begun:.1f} s)", flush=True)
    return good


def main() -> None:
    args = sys.argv[1:]
    quick = "--quick" in args
    args = [arg for arg in args if arg != "--quick"]
    if not quick:
        ensure_browser()
    python, manage = str(BIN / "python"), [str(BIN / "python"), "manage.py"]
    testing = {"DJANGO_SETTINGS_MODULE": "crm_site.settings_test"}
    secure = {**testing, "CRM_HTTPS": "1"}
    results = {
        "ruff check": step("ruff check", str(BIN / "ruff"), "check", "."),
        "ruff format": step("ruff format", str(BIN / "ruff"), "format", "--check", "--quiet", "."),
        "layers": step("import-linter", str(BIN / "lint-imports"), "--no-cache"),
        "migrations": step("migrations", *manage, "makemigrations", "--check", "--dry-run", **testing),
        "translations": step("translations", *manage, "check_translations", **testing),
        "deployment": step("check --deploy", *manage, "check", "--deploy", "--fail-level", "WARNING", **secure),
    }
    workers = str(min(2, os.cpu_count() or 1))
    results["tests"] = step("tests", python, "-m", "pytest", "-q", "-n", workers, "-m", "not browser", *args)
    if not quick:
        if browser():
            results["browser tests"] = step("browser tests", python, "-m", "pytest", "-q", "-m", "browser", *args)
        else:
            print("\nNo Chromium on this machine and none may be installed: the browser tests did not run.")
            results["browser tests"] = False
    subprocess.run([python, "-m", "crm_site.embedded", "stop-tests"], cwd=BASE, check=False)
    failed = [name for name, good in results.items() if not good]
    print("\n" + (f"FAILED: {', '.join(failed)}" if failed else "Everything passed."))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
