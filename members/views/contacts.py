"""Contacts without a card: note them down, enrol them later."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kit import phones
from kit.errors import DomainError
from kit.lists import listing
from members import access
from members.exceptions import PhoneShared
from members.filters import ContactFilter
from members.forms.belongings import ContactForm, ConvertForm
from members.selectors.found import FoundMember
from members.services.contacts import convert_contact, note_contact
from members.views.answers import form_page
from members.views.enrolment import found_members, greet
from staff.access import needs


@login_required
@require_safe
@needs("members.view_contact")
def contact_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.contacts_visible(request.user),
        filterset=ContactFilter,
        template="members/contact_list.html",
        orderings={"newest": ("-noted_at", "-pk")},
        context={"can_note": request.user.has_perm("members.change_contact")},
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs("members.change_contact")
def contact_new(request: HttpRequest) -> HttpResponse:
    came_with = None
    if request.GET.get("with", "").isdigit():
        came_with = access.member_for(request.user, int(request.GET["with"]))
    return form_page(
        request,
        ContactForm(request.user, request.POST or None),
        title=_("Note down a contact"),
        lead=_("Somebody without a card: a name, a number or what they asked for is enough."),
        deed=lambda data: note_contact(actor=request.user, came_with=came_with, **data),
        said=_("Noted down. When they enrol with this number it is found again."),
        to="members:contact_list",
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs("members.change_contact")
def contact_convert(request: HttpRequest, pk: int) -> HttpResponse:
    contact = access.contact_for(request.user, pk, "members.enrol_member")
    if contact.converted_to_id:
        messages.info(request, _("This contact is a member already."))
        return redirect("members:member_detail", contact.converted_to_id)
    form = ConvertForm(phones.mask(contact.phone), request.POST or None, initial={"name": contact.name})
    shared_with: list[FoundMember] = []
    if form.is_valid():
        try:
            result = convert_contact(
                contact_id=contact.pk, store=contact.store, actor=request.user, **form.cleaned_data
            )
        except PhoneShared as exc:
            shared_with = found_members(request.user, exc.member_ids)
            form.add_error("phone", str(exc))
        except DomainError as exc:
            form.add_error(next((name for name in exc.fields or {} if name in form.fields), "phone"), str(exc))
        else:
            greet(request, result)
            return redirect("members:member_detail", result.member.pk)
    context = {"form": form, "shared_with": shared_with, "contact": contact, "title": _("Enrol a contact")}
    return render(request, "members/member_enrol.html", context, status=422 if form.is_bound else 200)
