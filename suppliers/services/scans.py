"""Scans of licences: what may be uploaded. What a file is, its first bytes say, not its name."""

import re
from pathlib import PurePath
from typing import Final
from uuid import uuid4

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from suppliers.exceptions import FileRefused

MOST_BYTES: Final = 8 * 1024 * 1024
SIGNATURES: Final = {
    b"%PDF-": (".pdf", "application/pdf"),
    b"\xff\xd8\xff": (".jpg", "image/jpeg"),
    b"\x89PNG\r\n\x1a\n": (".png", "image/png"),
}
CONTENT_TYPES: Final = dict(SIGNATURES.values())


def checked_scan(upload: UploadedFile) -> UploadedFile:
    """The upload under a name of our own; raises `FileRefused` for what is too big or not PDF, JPEG or PNG."""
    if upload.size > MOST_BYTES:
        raise FileRefused(_("The scan is larger than 8 MB. Scan it at 200 dpi."), fields={"scan": True})
    upload.seek(0)
    head = upload.read(16)
    upload.seek(0)
    ending = next((ending for start, (ending, _type) in SIGNATURES.items() if head.startswith(start)), None)
    if ending is None:
        raise FileRefused(_("A scan is a PDF, JPEG or PNG file."), fields={"scan": True})
    upload.name = f"{uuid4().hex}{ending}"
    return upload


def shown_name(upload: UploadedFile) -> str:
    """The name the file came with, as far as it may be shown and sent in a header."""
    return re.sub(r"[^\w.\-()（） ]", "_", PurePath(str(upload.name)).name)[-120:]


def content_type_of(stored_name: str) -> str:
    """What a stored scan is served as."""
    return CONTENT_TYPES.get(PurePath(stored_name).suffix, "application/octet-stream")
