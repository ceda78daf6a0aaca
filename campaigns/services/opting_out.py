"""Members who want no more: by link, by reply, by complaint. The address is suppressed first, then the answer is written
down for everybody who has it."""

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaigns.models import Send, Suppression, TrackEvent
from campaigns.send_exceptions import LinkRefused
from campaigns.services.addresses import hash_address
from campaigns.services.recording import count_opt_out
from campaigns.services.tracking import note_unsubscribed
from members.models import Consent, Member, MemberPhone
from members.services.consent import last_word, record_consent
from staff.audit import record
from staff.models import User
from staff.services.outbox import enqueue

_SALT = "campaigns.confirm-email"
CONFIRM_WITHIN = 7 * 24 * 3600
CHANNELS = (Consent.Channel.SMS, Consent.Channel.EMAIL, Consent.Channel.PHONE, Consent.Channel.POST)


@transaction.atomic
def unsubscribe(*, send_id: int, member_id: int) -> bool:
    """A member unsubscribed by the link of a message: no more offers over its channel, and where it was a service
    message, no more of those either. A second call changes nothing. Returns whether there is such a message."""
    send = Send.objects.filter(pk=send_id).first()
    if send is None or not Member.objects.filter(pk=member_id).exists():
        return False
    known = TrackEvent.objects.filter(send_id=send_id, member_id=member_id, kind=TrackEvent.Kind.UNSUBSCRIBE)
    _say_no(member_id, send.channel, f"send:{send_id}", send.purpose)
    if not known.exists():
        note_unsubscribed(send_id=send_id, member_id=member_id)
        count_opt_out(send_id=send_id)
    return True


@transaction.atomic
def suppress(*, channel: str, address: str, reason: str, evidence: str = "", actor: User | None = None) -> Suppression:
    """Send nothing to an address any more. A second call returns the first entry."""
    row, is_new = Suppression.objects.get_or_create(
        channel=channel, address_hash=hash_address(channel, address),
        defaults={"reason": reason, "evidence": evidence[:200], "at": timezone.now()},
    )  # fmt: skip
    if is_new:
        record(actor, "campaigns.address_suppressed", row, channel=channel, reason=reason)
    return row


@transaction.atomic
def opt_out_by_reply(*, phone: str, text: str, send_id: int | None = None) -> int:
    """Somebody replied that they want no more: the number is suppressed, and so say all who have it. How many."""
    suppress(channel="sms", address=phone, reason=Suppression.Reason.REPLY, evidence=text)
    members = list(MemberPhone.objects.filter(e164=phone).values_list("member_id", flat=True))
    purpose = Send.objects.filter(pk=send_id).values_list("purpose", flat=True).first() or "marketing"
    for member_id in sorted(members):
        _say_no(member_id, "sms", f"reply: {text}", purpose)
    if send_id is not None:
        count_opt_out(send_id=send_id)
    return len(members)


@transaction.atomic
def opt_out_by_mail(*, address: str, text: str) -> int:
    """Somebody answered by e-mail that they want no more: the address is suppressed, and so say all who have it."""
    suppress(channel="email", address=address, reason=Suppression.Reason.REPLY, evidence=text)
    members = sorted(Member.objects.filter(email__iexact=address).values_list("pk", flat=True))
    for member_id in members:
        _say_no(member_id, "email", f"reply: {text}")
    return len(members)


@transaction.atomic
def change_choices(*, member_id: int, wanted: set[str], send_id: int) -> bool:
    """What a member chose on the page of choices: a no counts at once; a yes to e-mail only after a mail to the address
    was answered. Returns whether such a mail is on its way."""
    member = Member.objects.get(pk=member_id)
    asked = False
    for channel in CHANNELS:
        granted, now = channel in wanted, getattr(member, Consent.cached_in(channel))
        if granted == now:
            continue
        if granted and channel == Consent.Channel.EMAIL:
            asked = ask_to_confirm_email(member_id=member_id)
        else:
            record_consent(
                member_id=member_id, channel=channel, granted=granted, actor=None,
                source=Consent.Source.UNSUBSCRIBE if not granted else Consent.Source.WEB,
                evidence=f"send:{send_id}",
            )  # fmt: skip
    return asked


def ask_to_confirm_email(*, member_id: int) -> bool:
    """Send a mail that has to be answered before offers come by e-mail (double opt-in). One a day and address."""
    member = Member.objects.get(pk=member_id)
    if not member.email:
        return False
    token = signing.dumps([member.pk, member.email], salt=_SALT)
    with translation.override(member.language):
        body = render_to_string(
            "emails/confirm_email/body.txt",
            {"member": member, "url": settings.BASE_URL + reverse("track:confirm", args=[token])},
        )
        enqueue(
            channel="email", to=member.email, subject=_("Please confirm: news by e-mail"), body=body,
            purpose="confirm_email", member_id=member.pk,
            dedupe_key=f"confirm-email:{member.pk}:{member.email}:{timezone.localdate()}",
        )  # fmt: skip
    return True


def confirmed_member(token: str) -> Member:
    """Whose address a confirmation is about; refuses what is old, not ours, or about an address that changed."""
    try:
        member_id, email = signing.loads(token, salt=_SALT, max_age=CONFIRM_WITHIN)
    except (signing.BadSignature, ValueError, TypeError) as exc:
        raise LinkRefused(_("This link is not valid any more.")) from exc
    member = Member.objects.filter(pk=member_id, email=email, erased_at=None).first()
    if member is None:
        raise LinkRefused(_("This link is not valid any more."))
    return member


@transaction.atomic
def confirm_email(*, token: str) -> Member:
    """The member answered from the address: offers may come by e-mail. A second call changes nothing."""
    member = confirmed_member(token)
    Suppression.objects.filter(
        channel="email", address_hash=hash_address("email", member.email), reason=Suppression.Reason.UNSUBSCRIBE
    ).delete()
    record_consent(
        member_id=member.pk, channel=Consent.Channel.EMAIL, granted=True, actor=None, source=Consent.Source.WEB,
        evidence="double opt-in",
    )  # fmt: skip
    return member


def _say_no(member_id: int, channel: str, evidence: str, purpose: str = Consent.Purpose.MARKETING) -> None:
    """Offers end with any refusal, service messages with the refusal of one."""
    if channel not in CHANNELS:
        return
    member = Member.objects.filter(pk=member_id).first()
    if member is None:
        return
    refused = []
    if getattr(member, Consent.cached_in(channel)):
        refused.append(Consent.Purpose.MARKETING)
    if purpose == Consent.Purpose.SERVICE:
        said = last_word(member, channel, purpose)
        if said is None or said.granted:
            refused.append(Consent.Purpose.SERVICE)
    for one in refused:
        record_consent(
            member_id=member_id, channel=channel, granted=False, actor=None, source=Consent.Source.UNSUBSCRIBE,
            purpose=one, evidence=evidence[:300],
        )  # fmt: skip
