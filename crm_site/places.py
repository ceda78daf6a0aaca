"""Where things lie on this machine."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent


def data_dir() -> Path:
    """Everything the product writes: CRM_DATA_DIR, or .data beside manage.py."""
    return Path(os.environ.get("CRM_DATA_DIR") or BASE_DIR / ".data").resolve()


def push_port(port: int) -> int:
    """The port of the push process beside the web server's: CRM_PUSH_PORT, or a thousand further."""
    return int(os.environ.get("CRM_PUSH_PORT") or (port + 1000 if port + 1000 < 65536 else port - 1000))
