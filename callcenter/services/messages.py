"""Texts to the member of a case, through the outbox, asked once more just before sending."""

from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from callcenter.locks import lock_case
from callcenter.models import AnswerTemplate, Case, CaseEntry
from callcenter.services.cases import mark_responded
from callcenter.services.links import link_of
from callcenter.services.timeline import append_entry
from kit import phones
from kit.errors import DomainError
from members.models import Consent, Member, MemberPhone
from members.services.consent import last_word
from staff.audit import record
from staff.models import Outbox, User
from staff.services.outbox import enqueue, register_recheck

PURPOSE: Final = "service"
RECHECK: Final = "callcenter.service_message"


@register_recheck(RECHECK)
def may_still_text(message: Outbox) -> str | None:
    """A member who refused service texts, or a number that refuses texts, gets none."""
    if message.member_id is None:
        return None
    member = Member.objects.select_related("merged_into").filter(pk=message.member_id).first()
    if member is None:
        return _("The member is gone.")
    said = last_word(member.merged_into or member, Consent.Channel.SMS, Consent.Purpose.SERVICE)
    if said is not None and not said.granted:
        return _("The member does not want service messages by text.")
    numbers = MemberPhone.objects.filter(member=member.merged_into or member, e164=message.to)
    if numbers.filter(opt_out_sms=True).exists():
        return _("This number does not want texts.")
    return None


def number_of(case: Case) -> str:
    """The mobile number the person of a case is texted at; empty where there is none."""
    numbers = []
    if case.member_id:
        rows = MemberPhone.objects.filter(member_id=case.member_id, invalid=False, opt_out_sms=False)
        numbers = list(rows.order_by("-is_primary", "pk").values_list("e164", flat=True))
    return next((one for one in [*numbers, case.caller_phone] if one and phones.is_mobile(one)), "")


def language_of(case: Case) -> str:
    return case.member.language if case.member else User.Language.CHINESE


def filled(template: AnswerTemplate, case: Case) -> str:
    """A template's text for a case, in the member's language, its names put in."""
    language = language_of(case)
    with translation.override(language):
        words = {
            "{member}": (case.member.display_name if case.member else case.caller_name) or _("valued customer"),
            "{case}": case.number,
            "{counter}": case.counter.label if case.counter else "",
            "{store}": case.store.label,
        }
    text = template.text_in(language)
    for name, value in words.items():
        text = text.replace(name, value)
    return text


@transaction.atomic
def text_member(*, case_id: int, text: str, actor: User) -> Outbox:
    """Send the person of a case a text. The same words again within the case are sent once."""
    case = lock_case(case_id)
    text = text.strip()
    if not text:
        raise DomainError(_("Please write something."), fields={"text": True})
    to = number_of(case)
    if not to:
        raise DomainError(_("There is no mobile number that takes texts."), fields={"text": True})
    before = CaseEntry.objects.filter(case=case, kind=CaseEntry.Kind.MESSAGE, text=text).first()
    if before:
        return Outbox.objects.get(pk=before.data["outbox"])
    count = CaseEntry.objects.filter(case=case, kind=CaseEntry.Kind.MESSAGE).count()
    message = _enqueue(case, to, text, f"case:{case.pk}:text:{count + 1}")
    append_entry(case, CaseEntry.Kind.MESSAGE, actor=actor, text=text, data={"outbox": message.pk})
    mark_responded(case)
    record(actor, "callcenter.member_texted", case, store=case.store_id, outbox=message.pk)
    return message


def text_link(case: Case) -> Outbox:
    """Send the link to a case that was just solved, whose person has a number. Once per solving."""
    with translation.override(language_of(case)):
        text = _("%(store)s: your matter %(number)s has been settled. Is it? Tell us: %(link)s") % {
            "store": case.store.label,
            "number": case.number,
            "link": settings.BASE_URL + link_of(case),
        }
    return _enqueue(case, number_of(case), text, f"case:{case.pk}:solved:{case.link_nonce}")


def _enqueue(case: Case, to: str, text: str, key: str) -> Outbox:
    return enqueue(
        channel="sms", to=to, body=text, purpose=PURPOSE, dedupe_key=key, member_id=case.member_id, recheck=RECHECK
    )
