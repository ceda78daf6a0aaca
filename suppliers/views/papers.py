"""Licences, their scans, people and their certificates; leave to sell."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_safe

from kit.errors import NotFound
from kit.lists import Export, listing
from kit.uploads import served
from kit.workbooks import Column
from staff.access import needs
from suppliers import access
from suppliers.access import CHANGE, VIEW
from suppliers.filters import LicenceFilter, PersonFilter
from suppliers.forms.base import ReasonForm
from suppliers.forms.papers import LastDayForm, LicenceForm, PersonForm
from suppliers.forms.parties import OverrideForm
from suppliers.models import LicenceType, PartyPerson
from suppliers.selectors.papers import people_gaps, with_state
from suppliers.services.licences import record_licence, withdraw_licence
from suppliers.services.overrides import ask_override
from suppliers.services.people import edit_person, enter_person, let_person_go
from suppliers.views.answers import form_page

LICENCE_EXPORT = Export(
    "licences",
    [
        Column(lazy("Supplier"), lambda row: row.party.name, 34),
        Column(lazy("Person"), lambda row: row.person.name if row.person else "", 12),
        Column(lazy("Type"), lambda row: row.type.label, 22),
        Column(lazy("Number"), "number", 24),
        Column(lazy("Valid from"), "valid_from", 12),
        Column(lazy("Valid to"), "valid_to", 12),
    ],
)
PERSON_EXPORT = Export(
    "people",
    [
        Column(lazy("Name"), "name", 12),
        Column(lazy("Position"), lambda row: row.get_role_display(), 14),
        Column(lazy("Supplier"), lambda row: row.party.name, 34),
        Column(lazy("Counter"), lambda row: row.counter.label if row.counter else "", 20),
        Column(lazy("Entered on"), "entered_on", 12),
        Column(lazy("Left on"), "left_on", 12),
    ],
)


@login_required
@require_safe
@needs(VIEW)
def licence_list(request: HttpRequest) -> HttpResponse:
    """Licences and certificates, those that run out first."""
    licences = with_state(access.licences_for(request.user), timezone.localdate())
    return listing(
        request,
        licences.select_related("party", "person", "type"),
        filterset=LicenceFilter,
        template="suppliers/licence_list.html",
        orderings={"valid_to": ("valid_to", "pk"), "type": ("type__code", "valid_to", "pk")},
        export=LICENCE_EXPORT,
        context={"can_change": request.user.has_perm(CHANGE)},
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def licence_add(request: HttpRequest, pk: int) -> HttpResponse:
    party = access.party_for(request.user, pk, CHANGE)
    return form_page(
        request,
        LicenceForm(LicenceType.Holder.PARTY, request.POST or None, request.FILES or None),
        title=_("Record a licence"),
        lead=_("A longer lasting licence of the same kind replaces the earlier one."),
        party=party,
        deed=lambda data: record_licence(party_id=party.pk, actor=request.user, **data),
        said=_("The licence is recorded."),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def certificate_add(request: HttpRequest, pk: int) -> HttpResponse:
    person = access.person_for(request.user, pk)
    return form_page(
        request,
        LicenceForm(LicenceType.Holder.PERSON, request.POST or None, request.FILES or None),
        title=_("Record a certificate: %(name)s") % {"name": person.name},
        party=person.party,
        deed=lambda data: record_licence(party_id=person.party_id, person=person, actor=request.user, **data),
        said=_("The certificate is recorded."),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def licence_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    licence = access.licence_for(request.user, pk, CHANGE)
    return form_page(
        request,
        ReasonForm(request.POST or None, button=_("Withdraw this paper")),
        title=_("Withdraw: %(licence)s") % {"licence": licence},
        lead=_("For a paper entered wrongly or revoked by the authority. It stays on record and counts for nothing."),
        party=licence.party,
        deed=lambda data: withdraw_licence(licence_id=licence.pk, reason=data["reason"], actor=request.user),
        said=_("The licence is withdrawn."),
    )


@login_required
@require_safe
@needs(VIEW)
def licence_scan(request: HttpRequest, pk: int) -> HttpResponse:
    """The scan itself: only by this page, never sniffed, never run."""
    licence = access.licence_for(request.user, pk)
    if not licence.scan:
        raise NotFound(_("There is no scan of this licence."))
    return served(licence.scan, licence.scan_name or "scan")


@login_required
@require_safe
@needs(VIEW)
def person_list(request: HttpRequest) -> HttpResponse:
    """People of suppliers, counter by counter, with what they lack."""

    def dressed(rows: list[PartyPerson]) -> list[PartyPerson]:
        lacking: dict[int, list] = {}
        for gap in people_gaps(rows, timezone.localdate()):
            lacking.setdefault(gap.person.pk, []).append(gap)
        for row in rows:
            row.lacking = lacking.get(row.pk, [])
        return rows

    return listing(
        request,
        access.people_for(request.user).select_related("party", "counter__store", "counter__floor"),
        filterset=PersonFilter,
        template="suppliers/person_list.html",
        orderings={
            "counter": ("counter__store__code", "counter__code", "pk"),
            "name": ("name", "pk"),
            "entered": ("-entered_on", "pk"),
        },
        export=PERSON_EXPORT,
        prepare=dressed,
        context={"can_change": request.user.has_perm(CHANGE)},
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def person_add(request: HttpRequest, pk: int) -> HttpResponse:
    party = access.party_for(request.user, pk, CHANGE)
    return form_page(
        request,
        PersonForm(request.user, request.POST or None),
        title=_("New person"),
        party=party,
        deed=lambda data: enter_person(party_id=party.pk, actor=request.user, **data),
        said=_("The person is noted."),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def person_edit(request: HttpRequest, pk: int) -> HttpResponse:
    person = access.person_for(request.user, pk)
    return form_page(
        request,
        PersonForm(request.user, request.POST or None, person=person),
        title=person.name,
        party=person.party,
        deed=lambda data: edit_person(person_id=person.pk, actor=request.user, **data),
        said=_("Saved."),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def person_leave(request: HttpRequest, pk: int) -> HttpResponse:
    person = access.person_for(request.user, pk)
    return form_page(
        request,
        LastDayForm(request.POST or None, initial={"left_on": timezone.localdate()}),
        title=_("%(name)s leaves") % {"name": person.name},
        party=person.party,
        deed=lambda data: let_person_go(person_id=person.pk, left_on=data["left_on"], actor=request.user),
        said=_("Noted."),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def override_ask(request: HttpRequest, pk: int) -> HttpResponse:
    party = access.party_for(request.user, pk, CHANGE)
    return form_page(
        request,
        OverrideForm(request.POST or None),
        title=_("Ask for leave to sell"),
        lead=_("Although a paper is missing. It counts from its approval to the end of the day you name."),
        party=party,
        deed=lambda data: ask_override(party_id=party.pk, actor=request.user, **data),
        said=_("The approvers are asked."),
        to=reverse("suppliers:party_standing", args=[party.pk]),
    )
