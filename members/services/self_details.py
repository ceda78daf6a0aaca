"""What members change themselves. A name is changed at the desk only, with a paper; birthday and gender can be filled
in once, because gifts hang on them."""

from django.db import transaction

from members import wording
from members.birthdays import Birthday, of_member
from members.locks import lock_member
from members.models import Consent, Member, MemberPhone
from members.services.consent import append_consent, last_word, record_consent
from members.services.editing import Address, edit_member
from staff.audit import record


@transaction.atomic
def edit_own_details(
    *, member_id: int, email: str, language: str, address: Address, gender: str, birthday: Birthday | None
) -> Member:
    """Change e-mail, language and address; gender and birthday only where nothing stood. The same again changes
    nothing."""
    member = lock_member(member_id)
    return edit_member(
        member_id=member_id,
        actor=None,
        name=member.name,
        name_en=member.name_en,
        gender=member.gender or gender,
        birthday=of_member(member) or birthday,
        email=email,
        language=language,
        home_store=member.home_store,
        address=address,
    )


@transaction.atomic
def answer_consent(*, member_id: int, channel: str, granted: bool) -> None:
    """A yes or a no to offers by one channel, with the sentence shown. The same answer again changes nothing.

    A yes to calls takes "do not call me" back.
    """
    member = lock_member(member_id)
    standing = last_word(member, channel)
    if standing is None or standing.granted != granted:
        append_consent(
            member,
            channel=channel,
            granted=granted,
            actor=None,
            source=Consent.Source.WEB,
            evidence=wording.evidence_of(channel),
        )
    if channel == Consent.Channel.PHONE and granted:
        _set_calls(member, opted_out=False)


@transaction.atomic
def stop_calls(*, member_id: int) -> None:
    """ "Do not call me": no call for offers and none of any other kind. A second call changes nothing."""
    record_consent(
        member_id=member_id,
        channel=Consent.Channel.PHONE,
        granted=False,
        actor=None,
        source=Consent.Source.WEB,
    )
    _set_calls(lock_member(member_id), opted_out=True)


@transaction.atomic
def allow_calls(*, member_id: int) -> None:
    """Calls about the member's own matters are welcome again; offers by phone still need a yes of their own."""
    _set_calls(lock_member(member_id), opted_out=False)


def _set_calls(member: Member, *, opted_out: bool) -> None:
    phones = MemberPhone.objects.filter(member=member, opt_out_call=not opted_out)
    if phones.update(opt_out_call=opted_out):
        action = "members.calls_stopped" if opted_out else "members.calls_allowed"
        record(None, action, member, store=member.home_store_id)
