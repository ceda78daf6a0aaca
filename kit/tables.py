"""Reading files people send: CSV in UTF-8 or GBK, gzipped or not, and XLSX. What cannot be read whole is refused."""

import codecs
import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from kit.errors import DomainError

GZIP_MAGIC, ZIP_MAGIC = b"\x1f\x8b", b"PK\x03\x04"
CHUNK = 1 << 20
# Lists compress about tenfold; what grows a hundredfold is no list.
MOST_GROWTH = 100
GROWTH_MATTERS_FROM = 50 << 20
MOST_XLSX_BYTES = 500 << 20
ENCODINGS = ("utf-8", "gb18030")
DELIMITERS = ",;\t|"


class FileRefused(DomainError):
    """A file that cannot be imported, with the reason; nothing of it was applied."""

    code = "file_refused"


@contextmanager
def open_table(path: Path) -> Iterator[tuple[list[str], Iterator[list[str]]]]:
    """The header and the rows of a file, as text. Raises `FileRefused`, also while rows are being read."""
    with path.open("rb") as file:
        magic = file.read(4)
    if not magic:
        raise FileRefused(_("The file is empty."))
    if magic.startswith(ZIP_MAGIC):
        yield _xlsx_table(path)
        return
    try:
        with _text(path, magic.startswith(GZIP_MAGIC)) as text:
            rows = _csv_rows(text)
            header = next(rows, None)
            if not header:
                raise FileRefused(_("The file is empty."))
            yield [name.strip() for name in header], rows
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FileRefused(_("The compressed file is damaged or was cut off. Please send it again.")) from error


@contextmanager
def _text(path: Path, is_gzip: bool) -> Iterator[io.TextIOBase]:
    encoding = _encoding_of(path, is_gzip)
    with _bytes(path, is_gzip) as stream, io.TextIOWrapper(stream, encoding=encoding, newline="") as text:
        if encoding == "utf-8" and text.read(1) != "\ufeff":
            text.seek(0)
        yield text


def _bytes(path: Path, is_gzip: bool) -> io.BufferedIOBase:
    return gzip.open(path, "rb") if is_gzip else path.open("rb")


def _encoding_of(path: Path, is_gzip: bool) -> str:
    """UTF-8 where the whole file is valid UTF-8, else GB18030 (of which GBK is a part), else refused."""
    decoders = {name: codecs.getincrementaldecoder(name)() for name in ENCODINGS}
    size, packed = 0, path.stat().st_size
    with _bytes(path, is_gzip) as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if is_gzip and size > GROWTH_MATTERS_FROM and size > packed * MOST_GROWTH:
                raise FileRefused(_("The compressed file unpacks to far more than a list would. It was not read."))
            if b"\x00" in chunk:
                raise FileRefused(_("The file is not a text file. Send CSV, CSV.GZ or XLSX."))
            for name in list(decoders):
                try:
                    decoders[name].decode(chunk)
                except UnicodeDecodeError:
                    del decoders[name]
            if not decoders:
                break
    for name, decoder in decoders.items():
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return name
    raise FileRefused(_("The file is neither UTF-8 nor GBK text. Save it as CSV UTF-8 and send it again."))


def _csv_rows(text: io.TextIOBase) -> Iterator[list[str]]:
    first = text.readline(1 << 16)
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(_chain_lines(first, text), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise FileRefused(
            _("The file cannot be read near line %(line)s: %(reason)s.") % {"line": reader.line_num, "reason": error}
        ) from error


def _chain_lines(first: str, text: io.TextIOBase) -> Iterator[str]:
    yield first
    yield from text


def _xlsx_table(path: Path) -> tuple[list[str], Iterator[list[str]]]:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > MOST_XLSX_BYTES or (
                unpacked > GROWTH_MATTERS_FROM and unpacked > path.stat().st_size * MOST_GROWTH
            ):
                raise FileRefused(_("The workbook unpacks to far more than a list would. It was not read."))
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        rows = sheet.iter_rows()
        header = next(rows, None)
    except (zipfile.BadZipFile, CalamineError, OSError, IndexError) as error:
        raise FileRefused(_("The workbook is damaged or not an XLSX file. Please send it again.")) from error
    if not header:
        raise FileRefused(_("The file is empty."))
    return [_cell(value) for value in header], ([_cell(value) for value in row] for row in rows)


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()
