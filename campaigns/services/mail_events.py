"""What an e-mail service posts, read and checked by django-anymail, turned into our words and put into the inbox."""

from collections.abc import Callable
from functools import cache

from anymail.exceptions import AnymailConfigurationError
from anymail.signals import AnymailInboundEvent, AnymailTrackingEvent, EventType, RejectReason, inbound, tracking
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.module_loading import import_string

from campaigns.models import InboxEvent, ProviderProfile
from campaigns.services.callbacks import key_in
from campaigns.services.inbox import Told, take_callbacks

Event = InboxEvent.Event
# Openings and clicks are counted by our own links; what is queued, sent or deferred settles nothing.
MEANS = {
    EventType.DELIVERED: Event.DELIVERED,
    EventType.BOUNCED: Event.BOUNCE,
    EventType.REJECTED: Event.FAILED,
    EventType.FAILED: Event.FAILED,
    EventType.COMPLAINED: Event.COMPLAINT,
    EventType.UNSUBSCRIBED: Event.UNSUBSCRIBE,
}
VIEWS = {"mailgun": "Mailgun"}
GONE_FOR_GOOD = frozenset({RejectReason.BOUNCED, RejectReason.INVALID})
MOST_WORDS = 500


@transaction.atomic
def take_posted(request: HttpRequest, kind: str) -> HttpResponse:
    """Let the service's own view check and read a post (`kind`: tracking or inbound); its signals come back here. A post
    that is not signed, or is none, is answered with 400 and writes nothing."""
    try:
        return _view(settings.MAIL_SERVICE, kind)(request)
    except (KeyError, ValueError, TypeError, AttributeError, AnymailConfigurationError):
        transaction.set_rollback(True)
        return HttpResponseBadRequest("not understood", content_type="text/plain")


@cache
def _view(service: str, kind: str) -> Callable[[HttpRequest], HttpResponse]:
    return import_string(f"anymail.webhooks.{service}.{VIEWS[service]}{kind.title()}WebhookView").as_view()


def _provider_key() -> str:
    return ProviderProfile.objects.filter(backend=ProviderProfile.Backend.ANYMAIL).values_list("key", flat=True)[0]


def note_tracking(*, event: AnymailTrackingEvent, **_kwargs: object) -> None:
    """Receiver of anymail's `tracking`."""
    means = MEANS.get(event.event_type)
    key = _key_of(event.metadata)
    number = _plain(event.message_id) or key
    if means is None or not number:
        return
    facts = {"permanent": event.reject_reason in GONE_FOR_GOOD, "said": _plain(event.description)[:MOST_WORDS]}
    told = Told(number, means, key, facts if means in (Event.BOUNCE, Event.FAILED) else {}, event.timestamp)
    take_callbacks(provider=_provider_key(), told=[told])


def note_inbound(*, event: AnymailInboundEvent, **_kwargs: object) -> None:
    """Receiver of anymail's `inbound`: an answer to one of our mails."""
    message = event.message
    if message is None or message.from_email is None or _plain(message.get("Auto-Submitted", "no")).lower() != "no":
        return
    answers = f"{message.get('In-Reply-To', '')} {message.get('References', '')}"
    words = (message.stripped_text or message.text or "").strip().replace("\x00", "")
    number = _plain(message.get("Message-ID", "")) or _plain(event.event_id)
    if not number:
        return
    body = {
        "email": message.from_email.addr_spec[:254], "text": words.partition("\n")[0][:MOST_WORDS],
        "answers": answers.split()[:20],
    }  # fmt: skip
    told = Told(number, Event.REPLY, key_in(answers), body, event.timestamp)
    take_callbacks(provider=_provider_key(), told=[told])


def _key_of(metadata: object) -> str:
    """Our key out of the metadata of a message; empty where they are not ours."""
    parts = (
        [str(metadata.get(name, "")) for name in ("send", "member", "attempt")] if isinstance(metadata, dict) else []
    )
    return ".".join(parts) if parts and all(part.isascii() and part.isdigit() for part in parts) else ""


def _plain(value: object) -> str:
    return str(value).replace("\x00", "").strip() if value else ""


tracking.connect(note_tracking, dispatch_uid="campaigns.mail_events.tracking")
inbound.connect(note_inbound, dispatch_uid="campaigns.mail_events.inbound")
