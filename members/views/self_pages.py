"""The member's own pages behind the door: the card, details and consents."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit import panels
from kit.answers import done, form_page
from kit.doors import behind
from kit.qr import qr_svg
from members.forms.self_service import ConsentAnswerForm, OwnDetailsForm
from members.models import Member
from members.selectors.self_service import own_card, own_phones, switches
from members.services.self_details import allow_calls, answer_consent, edit_own_details, stop_calls


@require_safe
@behind("me")
def home(request: HttpRequest, member: Member) -> HttpResponse:
    """The card as the till reads it; below it what the other floors know."""
    card = own_card(member)
    context = {
        "member": member,
        "card": card,
        "code": qr_svg(card.number, _("Card %(number)s") % {"number": card.number}) if card else "",
        "panels": panels.render("me.main", request, member),
    }
    return render(request, "members/me_home.html", context)


@require_safe
@behind("me")
def details(request: HttpRequest, member: Member) -> HttpResponse:
    """What the store knows about me, and what it may do with it."""
    phones = own_phones(member)
    context = {
        "member": member,
        "phones": phones,
        "switches": switches(member),
        "takes_calls": not any(phone.opt_out_call for phone in phones),
    }
    return render(request, "members/me_details.html", context)


@require_http_methods(["GET", "POST"])
@behind("me")
def details_edit(request: HttpRequest, member: Member) -> HttpResponse:
    """E-mail, address, language; gender and birthday while nothing is known."""
    form = OwnDetailsForm(member, request.POST or None)
    return form_page(
        request,
        form,
        title=_("Change my details"),
        deed=lambda _data: edit_own_details(member_id=member.pk, **form.details()),
        said=_("Saved."),
        to="me:details",
        template="members/me_form.html",
        member=member,
    )


@require_POST
@behind("me")
def consent_answer(request: HttpRequest, member: Member) -> HttpResponse:
    """One switch turned."""
    form = ConsentAnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please use the switches of this page."))
        return redirect("me:details")
    channel, granted = form.cleaned_data["channel"], form.cleaned_data["granted"] == "yes"
    said = _("Thank you, noted.") if granted else _("Noted: no offers this way any more.")
    return done(
        request, lambda: answer_consent(member_id=member.pk, channel=channel, granted=granted), said, "me:details"
    )


@require_POST
@behind("me")
def calls_stop(request: HttpRequest, member: Member) -> HttpResponse:
    return done(request, lambda: stop_calls(member_id=member.pk), _("We will not call you."), "me:details")


@require_POST
@behind("me")
def calls_allow(request: HttpRequest, member: Member) -> HttpResponse:
    said = _("We may call you about your own matters again.")
    return done(request, lambda: allow_calls(member_id=member.pk), said, "me:details")
