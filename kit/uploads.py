"""Files that people put to something: what may be uploaded. What a file is, its first bytes say, not its name."""

import re
from collections.abc import Mapping
from pathlib import PurePath
from uuid import uuid4

from django.core.files.uploadedfile import UploadedFile
from django.db.models.fields.files import FieldFile
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from kit.errors import DomainError

MOST_BYTES = 8 * 1024 * 1024
SCANS: Mapping[bytes, tuple[str, str]] = {
    b"%PDF-": (".pdf", "application/pdf"),
    b"\xff\xd8\xff": (".jpg", "image/jpeg"),
    b"\x89PNG\r\n\x1a\n": (".png", "image/png"),
}
# Word and Excel files are archives; they are served as downloads only.
PAPERS: Mapping[bytes, tuple[str, str]] = {**SCANS, b"PK\x03\x04": (".bin", "application/octet-stream")}


class FileRefused(DomainError):
    """A file that is too big or of a kind that is not taken."""

    code = "file_refused"

    def __init__(self, message: object) -> None:
        super().__init__(message, fields={"file": True, "files": True, "scan": True})


def checked_upload(upload: UploadedFile, kinds: Mapping[bytes, tuple[str, str]] = PAPERS) -> UploadedFile:
    """The upload under a name of our own; raises `FileRefused` for what is empty, over 8 MB or of another kind."""
    if upload.size > MOST_BYTES:
        raise FileRefused(_("The file is larger than 8 MB."))
    upload.seek(0)
    head = upload.read(16)
    upload.seek(0)
    ending = next((ending for start, (ending, _type) in kinds.items() if head.startswith(start)), None)
    if ending is None:
        if kinds is SCANS:
            raise FileRefused(_("A scan is a PDF, JPEG or PNG file."))
        raise FileRefused(_("PDF, JPEG, PNG, Word and Excel files are taken."))
    upload.name = f"{uuid4().hex}{ending}"
    return upload


def shown_name(upload: UploadedFile) -> str:
    """The name the file came with, as far as it may be shown and sent in a header."""
    return re.sub(r"[^\w.\-()（） ]", "_", PurePath(str(upload.name)).name)[-120:]


def served(file: FieldFile, name: str) -> HttpResponse:
    """A stored file as an answer: pictures and PDFs as what they are, all else as a download; never sniffed."""
    ending = PurePath(file.name).suffix
    content_type = next((kind for end, kind in PAPERS.values() if end == ending), "application/octet-stream")
    with file.open("rb") as opened:
        response = HttpResponse(opened.read(), content_type=content_type)
    is_download = content_type == "application/octet-stream"
    response["Content-Disposition"] = content_disposition_header(is_download, name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'"
    response["Cache-Control"] = "private, no-store"
    return response
