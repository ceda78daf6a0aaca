"""Writing the messages of a batch: the wording of the recipient's arm and language, variables and links put in."""

import html as html_module
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from campaigns.models import ContentVersion, ProviderProfile, Send, SendRecipient, TrackedLink
from campaigns.providers.protocol import Message
from campaigns.services.leasing import Lease
from campaigns.services.links import CHOICES, CLICK, LINK, OPEN, TRAP, token_for
from campaigns.services.variables import filled, in_places, names_in, values_of
from kit.sms_text import parts, with_signature

Arm = SendRecipient.Arm
_PARAGRAPH = re.compile(r"\n\s*\n")


def messages_of(lease: Lease) -> list[Message]:
    """The messages of everybody in a lease, in the order of the members; four statements whatever its size."""
    ids = sorted(lease.addresses)
    rows = SendRecipient.objects.filter(send_id=lease.send.pk, member_id__in=ids)
    arms = dict(rows.values_list("member_id", "arm"))
    return list(written(lease.send, lease.provider, [(pk, lease.addresses[pk], arms[pk]) for pk in ids]))


def written(send: Send, provider: ProviderProfile, people: Sequence[tuple[int, str, int]]) -> Iterable[Message]:
    """Messages for (member, address, arm)."""
    contents = [one for one in (send.content, send.content_b) if one is not None]
    names = {name for one in contents for name in names_in(one)}
    values = values_of([pk for pk, _to, _arm in people], names)
    links = {link.url: link.number for link in TrackedLink.objects.filter(send=send, is_trap=False)}
    for pk, to, arm in people:
        known = values.get(pk)
        if known is None:
            continue
        content = send.content_b if arm == Arm.B and send.content_b_id else send.content
        yield _message(send, provider, content, pk, to, known.is_english, known.by_name, links)


@dataclass(frozen=True, slots=True)
class Signed:
    """What a provider's profile adds to a text, as it stood when the text was written."""

    signature: str
    opt_out_wording: str
    # The language was decided when it was written.
    needs_template: bool = False


def written_with(
    send: Send, signed: Signed, member_id: int, arm: int, english: bool, values: Mapping[str, str]
) -> Message:
    """One message written from values that were kept, to no address."""
    content = send.content_b if arm == Arm.B and send.content_b_id else send.content
    links = {link.url: link.number for link in TrackedLink.objects.filter(send=send, is_trap=False)}
    return _message(send, signed, content, member_id, "", english, values, links)


def _message(
    send: Send, provider: ProviderProfile | Signed, content: ContentVersion | None, pk: int, to: str, english: bool,
    values: Mapping[str, str], links: Mapping[str, int],
) -> Message:  # fmt: skip
    if content is None:
        return Message(send.pk, pk, to, "", is_english=english)
    # A filed template has one wording: what is written down is what is sent.
    english = english and not provider.needs_template
    kept = dict(values)
    body = content.body_en if english and content.body_en else content.body
    subject = content.subject_en if english and content.subject_en else content.subject
    if send.channel == Send.Channel.EMAIL:
        stop = _address("track:unsubscribe", token_for(CHOICES, send.pk, pk))
        values = {
            **values,
            "unsubscribe": stop,
            "preferences": _address("track:choices", token_for(CHOICES, send.pk, pk)),
        }
        text = filled(body, values)
        return Message(
            send.pk, pk, to, text, filled(subject, values), _html(text, send.pk, pk, links), template="",
            unsubscribe_url=stop, is_english=english, written_with=kept,
        )  # fmt: skip
    text = filled(body, values)
    if send.channel == Send.Channel.SMS:
        text = with_signature(text, provider.signature, provider.opt_out_wording if send.purpose == "marketing" else "")
        return Message(
            send.pk, pk, to, text, parts=parts(text), template=content.provider_template,
            values=in_places(body, values), is_english=english, written_with=kept,
        )  # fmt: skip
    return Message(send.pk, pk, to, text, filled(subject, values), is_english=english, written_with=kept)


def _html(text: str, send_id: int, member_id: int, links: Mapping[str, int]) -> str:
    """The e-mail as a page: paragraphs, links that are counted, a picture of one point, a link no person sees."""

    def link(match: re.Match[str]) -> str:
        url = html_module.unescape(match[0])
        number = links.get(url)
        to = _address("track:click", token_for(CLICK, send_id, member_id, number)) if number else url
        return f'<a href="{html_module.escape(to)}">{html_module.escape(url)}</a>'

    paragraphs = [
        "<p>" + LINK.sub(link, html_module.escape(part, quote=False)).replace("\n", "<br>") + "</p>"
        for part in _PARAGRAPH.split(text)
    ]
    trap = _address("track:click", token_for(CLICK, send_id, member_id, TRAP))
    dot = _address("track:open", token_for(OPEN, send_id, member_id))
    return (
        '<!doctype html><html><body style="font-family:sans-serif;line-height:1.6">'
        + "".join(paragraphs)
        + f'<a href="{trap}" style="display:none" aria-hidden="true" tabindex="-1"></a>'
        + f'<img src="{dot}" width="1" height="1" alt=""></body></html>'
    )


_paths: dict[str, str] = {}


def _address(name: str, token: str) -> str:
    """An absolute address for a token; the path of each name is looked up once."""
    if name not in _paths:
        _paths[name] = reverse(name, args=["TOKEN"])
    return settings.BASE_URL + _paths[name].replace("TOKEN", token)
