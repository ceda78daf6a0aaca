"""E-mails of members: a message becomes a case, or an entry of the case its subject names.

Whatever comes is hostile until read: nothing in a message is trusted but its words. A case is joined only by its own
sender, so that nobody writes into the case of another by guessing a number.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import parseaddr
from html import unescape
from typing import Final

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.exceptions import MailRefused
from callcenter.models import Case, CaseEntry, InboundMail, Kind
from callcenter.services.cases import CaseFacts, open_case
from callcenter.services.hearing import hear_from_member
from callcenter.services.timeline import append_entry
from kit.errors import DomainError
from kit.uploads import FileRefused, checked_upload, shown_name
from members.models import Member
from staff.audit import record
from stores.models import Chain, Store

MOST_BYTES: Final = 12 * 1024 * 1024
MOST_FILES: Final = 5
MOST_WORDS: Final = 4000
MOST_PARTS: Final = 100
NUMBER: Final = re.compile(r"\[?(C\d{8}-\d{4,6})\]?")
TAGS: Final = re.compile(r"(?is)<(script|style|head)\b.*?</\1\s*>|<!--.*?-->|<[^>]{0,2000}>")
STILL_JOINED: Final = timedelta(days=14)


def receive_mail(raw: bytes) -> InboundMail:
    """Take one message as it came over the wire. The same Message-ID is taken once and answers the first outcome."""
    if len(raw) > MOST_BYTES:
        raise MailRefused(_("The message is larger than 12 MB."))
    message = _parsed(raw)
    message_id = _line(message, "Message-ID")[:255] or f"<{hashlib.sha256(raw).hexdigest()}@unnamed>"
    sender = _sender(message)
    if known := InboundMail.objects.filter(message_id=message_id).first():
        return known
    try:
        with transaction.atomic():
            return _take(message, message_id, sender)
    except IntegrityError:
        return InboundMail.objects.get(message_id=message_id)


def _take(message: EmailMessage, message_id: str, sender: str) -> InboundMail:
    mail = InboundMail.objects.create(message_id=message_id, outcome=InboundMail.Outcome.IGNORED)
    if _is_automatic(message):
        return mail
    subject, text = _line(message, "Subject"), _text(message)
    case = _named_case(subject, sender)
    if case is None:
        case = _new_case(sender, subject, text)
        mail.outcome = InboundMail.Outcome.NEW_CASE
    else:
        hear_from_member(case_id=case.pk, text=text, by="email")
        mail.outcome = InboundMail.Outcome.ENTRY
    _keep_files(case, message)
    mail.case = case
    mail.save(update_fields=["case", "outcome"])
    record(None, "callcenter.mail_received", mail, store=case.store_id, case=case.pk)
    return mail


def _parsed(raw: bytes) -> EmailMessage:
    try:
        message = message_from_bytes(raw, policy=policy.default)
        headers = len(message.keys())
    except (MessageError, ValueError, LookupError, IndexError, AttributeError, TypeError) as exc:
        raise MailRefused(_("This is no e-mail we can read.")) from exc
    if not headers:
        raise MailRefused(_("This is no e-mail we can read."))
    return message


def _line(message: EmailMessage, name: str) -> str:
    """A header on one line without control characters; what cannot be decoded is left out."""
    try:
        value = str(message.get(name, ""))
    except (MessageError, ValueError, LookupError, IndexError, AttributeError, TypeError):
        return ""
    return " ".join(_clean(value).split())


def _clean(text: str) -> str:
    """Text as the database and a page may hold it."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(char for char in text if char in "\n\t" or char.isprintable())


def _sender(message: EmailMessage) -> str:
    address = parseaddr(_line(message, "From"))[1].strip().lower()
    try:
        validate_email(address)
    except ValidationError as exc:
        raise MailRefused(_("The message does not say who sent it.")) from exc
    return address


def _is_automatic(message: EmailMessage) -> bool:
    """Replies of machines: answering them would go on for ever."""
    submitted = _line(message, "Auto-Submitted").lower()
    return (submitted not in ("", "no")) or _line(message, "Precedence").lower() in ("bulk", "junk", "list")


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    for number, part in enumerate(message.walk()):
        if number >= MOST_PARTS:
            return
        if not part.is_multipart():
            yield part


def _content(part: EmailMessage) -> bytes:
    try:
        return part.get_payload(decode=True) or b""
    except (MessageError, ValueError, LookupError, AttributeError, TypeError, AssertionError):
        return b""


def _decoded(part: EmailMessage) -> str:
    content = _content(part)
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def _text(message: EmailMessage) -> str:
    """The words: the plain text, else the HTML without its tags."""
    plain, html = "", ""
    for part in _parts(message):
        if part.get_content_disposition() == "attachment":
            continue
        kind = part.get_content_type()
        if kind == "text/plain" and not plain:
            plain = _decoded(part)
        elif kind == "text/html" and not html:
            html = unescape(TAGS.sub(" ", _decoded(part)[:400_000]))
    lines = [line.strip() for line in _clean(plain or html).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:MOST_WORDS]


def _named_case(subject: str, sender: str) -> Case | None:
    """The case the subject names, if the sender is its own and it is not long over."""
    found = NUMBER.search(subject)
    if not found:
        return None
    case = Case.objects.select_related("member").filter(number=found.group(1)).first()
    if case is None:
        return None
    theirs = {case.caller_email.lower(), (case.member.email if case.member else "").lower()} - {""}
    is_over = case.closed_at is not None and timezone.now() - case.closed_at > STILL_JOINED
    return case if sender in theirs and not is_over else None


def _new_case(sender: str, subject: str, text: str) -> Case:
    """A case of the one member with this address; of an unknown person when nobody, or several, have it."""
    members = list(Member.objects.filter(email__iexact=sender, merged_into=None)[:2])
    member = members[0] if len(members) == 1 else None
    store = (member.home_store if member else None) or _store_of_mail()
    facts = CaseFacts(
        kind=Kind.CONSULTATION, channel=Case.Channel.EMAIL, title=subject[:120] or _("(no subject)"),
        store_id=store.pk, description=text, member_id=member.pk if member else None, caller_email=sender,
    )  # fmt: skip
    return open_case(facts=facts, actor=None)


def _store_of_mail() -> Store:
    """The store that answers e-mails: the chain's setting, else the first one open for business."""
    code = Chain.get().setting("mail_store", "")
    stores = Store.objects.filter(is_active=True).order_by("code")
    store = stores.filter(code=code).first() or stores.first()
    if store is None:
        raise MailRefused(_("There is no store yet."))
    return store


def _keep_files(case: Case, message: EmailMessage) -> None:
    kept = 0
    for part in _parts(message):
        try:
            name = part.get_filename()
        except (MessageError, ValueError, LookupError, IndexError, AttributeError, TypeError):
            name = None
        if not name or kept >= MOST_FILES:
            continue
        upload = SimpleUploadedFile(_clean(name)[-200:] or "file", _content(part))
        shown = shown_name(upload)
        try:
            file = checked_upload(upload)
        except (FileRefused, DomainError) as exc:
            append_entry(case, CaseEntry.Kind.FILE, actor=None, text=f"{shown}: {exc}", data={"refused": True})
        else:
            append_entry(case, CaseEntry.Kind.FILE, actor=None, file=file, file_name=shown)
        kept += 1
