"""Where things lie on this machine."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent


def data_dir() -> Path:
    """Everything the product writes: CRM_DATA_DIR, or .data beside manage.py."""
    return Path(os.environ.get("CRM_DATA_DIR") or BASE_DIR / ".data").resolve()
