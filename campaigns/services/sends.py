"""A send: made, planned, started, paused, gone on with, called off."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign, ContentVersion, ProviderProfile, Segment, Send, SendRecipient
from campaigns.selectors.sends import limit_without_approval, price_ahead
from campaigns.send_exceptions import SendRefused, WrongSendState
from campaigns.send_locks import lock_send
from campaigns.send_tasks import prepare_send
from campaigns.services.preflight import require_flight
from campaigns.services.provider_profiles import provider_for
from kit.nudge import nudge
from staff.audit import record
from staff.models import User
from stores.models import Store

State, Held = Send.State, Send.Held
_BEFORE = (State.DRAFT, State.SCHEDULED)


@transaction.atomic
def make_send(
    *,
    name: str,
    channel: str,
    content: ContentVersion | None,
    segment: Segment | None = None,
    campaign: Campaign | None = None,
    store: Store | None = None,
    planned_at: datetime | None = None,
    holdout_share: int = 0,
    source_key: str | None = None,
    purpose: str = "marketing",
    content_b: ContentVersion | None = None,
    provider: ProviderProfile | None = None,
    budget: Decimal | None = None,
    actor: User | None,
) -> Send:
    """Make a send that does nothing yet. The same `source_key` again returns the send it made the first time.

    `holdout_share` is in ten-thousandths. Without a segment it has no audience of its own: members are added to it
    while it runs, and it runs until it is closed.
    """
    if source_key and (known := Send.objects.filter(source_key=source_key).first()):
        return known
    for one in (content, content_b):
        if one is not None and one.template.channel != channel:
            raise SendRefused(_("This wording is for another channel."), fields={"content": True})
    provider = provider or provider_for(channel)
    made = Send.objects.create(
        name=name, channel=channel, content=content, content_b=content_b, segment=segment,
        segment_version=segment.current if segment else None, campaign=campaign, store=store, planned_at=planned_at,
        holdout_share=holdout_share, source_key=source_key, purpose=purpose, provider=provider,
        unit_price=provider.price, budget=budget, made_by=actor,
    )  # fmt: skip
    record(actor, "campaigns.send_made", made, store=made.store_id, channel=channel, purpose=purpose)
    return made


@transaction.atomic
def change_send(*, send_id: int, actor: User, **facts: object) -> Send:
    """Change a send that has not started and is not in approval."""
    send = lock_send(send_id)
    _require(send, State.DRAFT, State.SCHEDULED)
    for name, value in facts.items():
        setattr(send, name, value)
    send.state = State.DRAFT
    send.provider = send.provider if send.provider.channel == send.channel else provider_for(send.channel)
    send.unit_price = send.provider.price
    send.segment_version = send.segment.current if send.segment else None
    send.save(update_fields=[*facts, "state", "provider", "unit_price", "segment_version"])
    record(actor, "campaigns.send_changed", send, store=send.store_id)
    return send


@transaction.atomic
def plan_send(*, send_id: int, actor: User, planned_at: datetime | None = None) -> Send:
    """Let it start by itself at its time. A second call changes the time; one in approval or begun refuses."""
    send = lock_send(send_id)
    _require(send, *_BEFORE)
    send.planned_at = planned_at or send.planned_at
    if send.planned_at is None:
        raise SendRefused(_("When shall it be sent?"), fields={"planned_at": True})
    if send.planned_at < timezone.now():
        raise SendRefused(_("This time is over."), fields={"planned_at": True})
    _may_go(send)
    send.state = State.SCHEDULED
    send.save(update_fields=["state", "planned_at"])
    record(actor, "campaigns.send_planned", send, store=send.store_id, planned_at=send.planned_at)
    return send


@transaction.atomic
def start_send(*, send_id: int, actor: User | None) -> Send:
    """Draw up the recipients and send. A second call, and one for a send that runs or is done, changes nothing."""
    send = lock_send(send_id)
    if send.state in (State.FREEZING, State.RUNNING, State.DONE):
        return send
    _require(send, *_BEFORE)
    if send.state == State.DRAFT:
        _may_go(send)
    return _begin(send, actor)


def _begin(send: Send, actor: User | None) -> Send:
    send.state, send.held = State.FREEZING, ""
    send.started_at = timezone.now()
    send.save(update_fields=["state", "held", "started_at"])
    record(actor, "campaigns.send_started", send, store=send.store_id)
    nudge(prepare_send, send.pk)
    return send


@transaction.atomic
def pause_send(*, send_id: int, actor: User | None, held: str = Held.HAND) -> Send:
    """Nothing further is handed over: what a worker is handing over at this moment, one batch, still goes. A second
    call changes nothing."""
    send = lock_send(send_id)
    if send.state == State.PAUSED:
        return send
    _require(send, State.RUNNING, State.FREEZING, State.SCHEDULED)
    return hold(send, held, actor)


def hold(send: Send, held: str, actor: User | None, *, said: str = "") -> Send:
    """Pause a send that is locked already. `said`: what the provider said, where it was its doing."""
    send.state, send.held = State.PAUSED, held
    send.save(update_fields=["state", "held"])
    words = {"said": said} if said else {}
    record(actor, "campaigns.send_paused", send, store=send.store_id, held=held, **words)
    return send


@transaction.atomic
def resume_send(*, send_id: int, actor: User) -> Send:
    """Go on where it was paused; after the first messages this says that somebody has looked. A second call changes
    nothing."""
    send = lock_send(send_id)
    if send.state in (State.RUNNING, State.FREEZING):
        return send
    _require(send, State.PAUSED)
    if send.frozen_at is None:
        return _begin(send, actor)
    if send.held == Held.CANARY:
        send.looked_at = timezone.now()
    if send.held == Held.FAILURES:
        # Whoever lets it go on has judged the failures so far; the rule counts anew.
        send.failed_count = send.accepted_count = 0
    send.state, send.held = State.RUNNING, ""
    send.save(update_fields=["state", "held", "looked_at", "failed_count", "accepted_count"])
    record(actor, "campaigns.send_resumed", send, store=send.store_id)
    nudge(prepare_send, send.pk)
    return send


@transaction.atomic
def cancel_send(*, send_id: int, actor: User) -> Send:
    """Call it off: who has not got it will not. A second call changes nothing; one that is done refuses."""
    send = lock_send(send_id)
    if send.state == State.CANCELLED:
        return send
    if send.state == State.DONE:
        raise WrongSendState(_("Everything has been sent already."))
    send.state, send.held, send.finished_at = State.CANCELLED, "", timezone.now()
    send.save(update_fields=["state", "held", "finished_at"])
    record(actor, "campaigns.send_cancelled", send, store=send.store_id)
    nudge(prepare_send, send.pk)
    return send


@transaction.atomic
def close_send(*, send_id: int, actor: User | None) -> Send:
    """End a send members are added to: it is done once everybody in it is. A second call changes nothing."""
    send = lock_send(send_id)
    if send.finished_at is None:
        send.finished_at = timezone.now()
        send.save(update_fields=["finished_at"])
        record(actor, "campaigns.send_closed", send, store=send.store_id)
    return send


@transaction.atomic
def ask_for_send(*, send_id: int, actor: User) -> Send:
    """Put a send in the hands of those who approve it. A second call changes nothing."""
    send = lock_send(send_id)
    if send.state == State.WAITING:
        return send
    _require(send, State.DRAFT)
    require_flight(send)
    send.state = State.WAITING
    send.save(update_fields=["state"])
    record(actor, "campaigns.send_asked", send, store=send.store_id)
    return send


@transaction.atomic
def settle_approval(*, send_id: int, approved: bool, actor: User | None) -> Send:
    """What became of the approval: approved, it is planned (for now, where no time was given); else it is a draft
    again. A send that does not wait stays as it is."""
    send = lock_send(send_id)
    if send.state != State.WAITING:
        return send
    send.state = State.SCHEDULED if approved else State.DRAFT
    send.planned_at = send.planned_at or (timezone.now() if approved else None)
    send.save(update_fields=["state", "planned_at"])
    record(actor, "campaigns.send_approved" if approved else "campaigns.send_refused", send, store=send.store_id)
    return send


@transaction.atomic
def start_due_send(*, send_id: int) -> Send:
    """Start a planned send whose time has come; one that is too late waits for a person instead."""
    send = lock_send(send_id)
    now = timezone.now()
    if send.state != State.SCHEDULED or send.planned_at is None or send.planned_at > now:
        return send
    if (now - send.planned_at).total_seconds() > send.late_minutes * 60:
        return hold(send, Held.LATE, None)
    return _begin(send, None)


def needs_approval(send: Send) -> bool:
    """Whether somebody has to approve it first: not within an approved campaign, nor below the chain's limit."""
    if send.source_key or send.purpose != "marketing":
        return False
    approved = (Campaign.State.APPROVED, Campaign.State.RUNNING)
    if send.campaign_id and send.campaign.state in approved:
        return False
    return price_ahead(send) > limit_without_approval()


def is_finished(send_id: int) -> bool:
    """Nobody is waiting, in a worker's hands, being handed over, or still being asked about."""
    rows = SendRecipient.objects.filter(send_id=send_id)
    busy = (SendRecipient.State.READY, SendRecipient.State.LEASED, SendRecipient.State.CALLING)
    open_unknown = rows.filter(state=SendRecipient.State.UNKNOWN).exclude(reason="unclear")
    return not rows.filter(state__in=busy).exists() and not open_unknown.exists()


def _may_go(send: Send) -> None:
    require_flight(send)
    if needs_approval(send):
        raise SendRefused(_("This send has to be approved first."), code="approval_needed")


def _require(send: Send, *states: str) -> None:
    if send.state not in states:
        raise WrongSendState(_("“%(name)s” is: %(state)s.") % {"name": send.name, "state": send.get_state_display()})
