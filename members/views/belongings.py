"""Cards, phones, consent and notes of a member."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kit.forms import carried_out
from members import access
from members.forms.belongings import CardNumberForm, ConsentForm, NewPhoneForm, NoteForm, PhoneForm, RevealForm
from members.forms.people import ReasonForm
from members.models import Consent, MemberNote
from members.selectors import consent_state
from members.services import cards, notes, phones
from members.services.consent import record_consent
from members.views.answers import done, form_page

CARD = "members.change_card"
EDIT = "members.change_member"


# Cards -------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def card_issue(request: HttpRequest, pk: int, buyer_id: int | None = None) -> HttpResponse:
    member = access.member_for(request.user, pk, CARD)
    buyer = access.buyer_for(request.user, buyer_id, CARD, group=member) if buyer_id else None
    return form_page(
        request,
        CardNumberForm(request.POST or None),
        member=member,
        title=_("Issue a card"),
        lead=_("For %(name)s") % {"name": buyer.name} if buyer else "",
        deed=lambda data: cards.issue_card(
            member_id=member.pk, number=data["number"], holder_id=buyer_id, actor=request.user
        ),
        said=_("The card is issued."),
    )


@login_required
@require_http_methods(["GET", "POST"])
def card_replace(request: HttpRequest, pk: int) -> HttpResponse:
    card = access.card_for(request.user, pk, CARD)
    return form_page(
        request,
        CardNumberForm(request.POST or None),
        member=card.member,
        title=_("Replace card %(card)s") % {"card": card.masked},
        lead=_("The old card stops working at once; points and tier stay with the member."),
        deed=lambda data: cards.replace_card(card_id=card.pk, number=data["number"], actor=request.user),
        said=_("The new card is issued."),
    )


@login_required
@require_http_methods(["GET", "POST"])
def card_block(request: HttpRequest, pk: int) -> HttpResponse:
    card = access.card_for(request.user, pk, CARD)
    return form_page(
        request,
        ReasonForm(request.POST or None),
        member=card.member,
        title=_("Block card %(card)s") % {"card": card.masked},
        deed=lambda data: cards.block_card(card_id=card.pk, reason=data["reason"], actor=request.user),
        said=_("The card is blocked."),
    )


@login_required
@require_http_methods(["GET", "POST"])
def card_close(request: HttpRequest, pk: int) -> HttpResponse:
    card = access.card_for(request.user, pk, CARD)
    return form_page(
        request,
        ReasonForm(request.POST or None),
        member=card.member,
        title=_("Close card %(card)s") % {"card": card.masked},
        lead=_("A closed card never works again."),
        deed=lambda data: cards.close_card(card_id=card.pk, reason=data["reason"], actor=request.user),
        said=_("The card is closed."),
    )


@login_required
@require_POST
def card_unblock(request: HttpRequest, pk: int) -> HttpResponse:
    card = access.card_for(request.user, pk, CARD)
    deed = lambda: cards.unblock_card(card_id=card.pk, actor=request.user)  # noqa: E731
    return done(request, card.member_id, deed, _("The card works again."))


@login_required
@require_POST
def card_lose(request: HttpRequest, pk: int) -> HttpResponse:
    card = access.card_for(request.user, pk, CARD)
    deed = lambda: cards.lose_card(card_id=card.pk, actor=request.user)  # noqa: E731
    return done(
        request, card.member_id, deed, _("The card is reported lost. Replace it when the member wants a new one.")
    )


# Phones ------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def phone_add(request: HttpRequest, pk: int) -> HttpResponse:
    member = access.member_for(request.user, pk, EDIT)
    return form_page(
        request,
        NewPhoneForm(request.POST or None),
        member=member,
        title=_("Add a phone number"),
        deed=lambda data: phones.add_phone(member_id=member.pk, actor=request.user, **data),
        said=_("The number is added."),
    )


@login_required
@require_http_methods(["GET", "POST"])
def phone_change(request: HttpRequest, pk: int) -> HttpResponse:
    phone = access.phone_for(request.user, pk, EDIT)
    return form_page(
        request,
        PhoneForm(request.POST or None),
        member=phone.member,
        title=_("Correct %(phone)s") % {"phone": phone.masked},
        deed=lambda data: phones.change_phone(phone_id=phone.pk, phone=data["phone"], actor=request.user),
        said=_("The number is corrected."),
    )


@login_required
@require_POST
def phone_remove(request: HttpRequest, pk: int) -> HttpResponse:
    phone = access.phone_for(request.user, pk, EDIT)
    deed = lambda: phones.remove_phone(phone_id=phone.pk, actor=request.user)  # noqa: E731
    return done(request, phone.member_id, deed, _("The number is removed."))


@login_required
@require_POST
def phone_make_primary(request: HttpRequest, pk: int) -> HttpResponse:
    phone = access.phone_for(request.user, pk, EDIT)
    deed = lambda: phones.make_phone_primary(phone_id=phone.pk, actor=request.user)  # noqa: E731
    return done(request, phone.member_id, deed, _("This is the main number now."))


@login_required
@require_POST
def phone_mark_invalid(request: HttpRequest, pk: int) -> HttpResponse:
    phone = access.phone_for(request.user, pk, EDIT)
    deed = lambda: phones.mark_phone_invalid(phone_id=phone.pk, actor=request.user)  # noqa: E731
    return done(request, phone.member_id, deed, _("Noted that the number does not work."))


@login_required
@require_http_methods(["GET", "POST"])
def phone_reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a number in full to somebody who says why; each time is written into the audit trail."""
    phone = access.phone_for(request.user, pk, "members.view_phone")
    form = RevealForm(request.POST or None)
    number = None
    if form.is_valid():
        number = carried_out(
            form,
            lambda: phones.reveal_phone(phone_id=phone.pk, reason=form.cleaned_data["reason"], actor=request.user),
        )
    context = {
        "form": form, "title": _("Show %(phone)s in full") % {"phone": phone.masked}, "member": phone.member,
        "lead": _("Who looked and why is kept in the audit trail."), "number": number, "in_scope": True,
    }  # fmt: skip
    response = render(request, "members/phone_reveal.html", context)
    response["Cache-Control"] = "no-store"
    return response


# Consent -----------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def consent_change(request: HttpRequest, pk: int) -> HttpResponse:
    """What counts now, the whole history, and a form for a further answer."""
    member = access.member_for(request.user, pk, "members.record_consent")
    form = ConsentForm(request.POST or None)
    if form.is_valid():
        said = form.cleaned_data
        if carried_out(form, lambda: record_consent(member_id=member.pk, actor=request.user, **said)):
            return done(request, member.pk, lambda: None, _("The answer is recorded."))
    state = consent_state(member)
    earlier = [member.pk, *member.merged_from.values_list("pk", flat=True)]
    context = {
        "form": form,
        "member": member,
        "title": _("Consent"),
        "in_scope": True,
        "state": [
            (channel.label, purpose.label, state.get((channel.value, purpose.value)))
            for channel in Consent.Channel
            for purpose in Consent.Purpose
        ],
        "history": list(
            Consent.objects.filter(member__in=earlier)
            .select_related("recorded_by", "member")
            .order_by("-at", "-pk")[:100]
        ),
    }
    return render(request, "members/consent_change.html", context, status=422 if form.is_bound else 200)


# Notes -------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def note_add(request: HttpRequest, pk: int) -> HttpResponse:
    member = access.member_for(request.user, pk, "members.add_note")
    if member.is_merged:
        return redirect("members:member_detail", member.merged_into_id)
    earlier = MemberNote.objects.filter(member=member).select_related("by").order_by("-at")[:50]
    return form_page(
        request,
        NoteForm(request.POST or None),
        member=member,
        title=_("Notes"),
        deed=lambda data: notes.add_note(member_id=member.pk, text=data["text"], actor=request.user),
        said=_("The note is added."),
        notes=list(earlier),
    )
