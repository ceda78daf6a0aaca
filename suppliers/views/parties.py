"""Companies: the desk of the week, the list, the pipeline, the record and what is done with it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.lists import Export, listing
from kit.workbooks import Column
from staff.access import needs
from suppliers import access
from suppliers.access import CHANGE, VIEW
from suppliers.filters import PartyFilter
from suppliers.forms.base import ReasonForm
from suppliers.forms.parties import BankForm, CompanyForm
from suppliers.selectors.pages import board, party_page, week_of
from suppliers.selectors.wording import standing_words
from suppliers.services.blocking import block_party, unblock_party
from suppliers.services.parties import (
    CompanyFacts,
    change_bank_account,
    edit_party,
    give_up_prospect,
    move_prospect,
    note_prospect,
)
from suppliers.views.answers import done, form_page

PARTY_EXPORT = Export(
    "suppliers",
    [
        Column(lazy("Number"), "code", 12),
        Column(lazy("Company name"), "name", 34),
        Column(lazy("Short name"), "short_name", 16),
        Column(lazy("Status"), lambda row: row.get_status_display(), 14),
        Column(lazy("Stage"), lambda row: row.get_stage_display(), 16),
        Column(lazy("Right to sell"), lambda row: row.get_selling_display(), 20),
        Column(lazy("Category"), lambda row: row.category.label if row.category else "", 16),
        Column(lazy("Credit code"), "uscc", 22),
        Column(lazy("Buyer"), lambda row: str(row.buyer or ""), 14),
        Column(lazy("Supplier since"), "became_supplier_on", 14),
    ],
)


@login_required
@require_safe
@needs(VIEW)
def desk(request: HttpRequest) -> HttpResponse:
    """What is late or due this week for whoever looks after suppliers."""
    today = timezone.localdate()
    week = week_of(request.user, access.parties_for(request.user), today)
    return render(request, "suppliers/desk.html", {"week": week, "today": today})


@login_required
@require_safe
@needs(VIEW)
def party_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.parties_for(request.user).select_related("category", "buyer"),
        filterset=PartyFilter,
        template="suppliers/party_list.html",
        orderings={
            "newest": ("-pk",),
            "name": ("name", "pk"),
            "status": ("status", "stage", "pk"),
            "since": ("-became_supplier_on", "-pk"),
        },
        export=PARTY_EXPORT,
    )


@login_required
@require_safe
@needs(VIEW)
def party_board(request: HttpRequest) -> HttpResponse:
    """The prospects stage by stage."""
    context = {
        "columns": board(access.parties_for(request.user)),
        "today": timezone.localdate(),
        "can_change": request.user.has_perm(CHANGE),
    }
    return render(request, "suppliers/party_board.html", context)


@login_required
@require_safe
@needs(VIEW)
def party_detail(request: HttpRequest, pk: int) -> HttpResponse:
    party = access.party_for(request.user, pk)
    today = timezone.localdate()
    seen = party_page(party, today)
    context = {
        "party": party,
        "seen": seen,
        "today": today,
        "can_change": request.user.has_perm(CHANGE),
        "can_block": request.user.has_perm("suppliers.block_supplier"),
        "sees_account": request.user.has_perm("suppliers.view_bank_account"),
        "why": standing_words(seen.standing) if seen.standing else "",
    }
    return render(request, "suppliers/party_detail.html", context)


@login_required
@require_safe
@needs(VIEW)
def party_standing(request: HttpRequest, pk: int) -> HttpResponse:
    """Why this supplier may sell, or may not: every change with its reason."""
    party = access.party_for(request.user, pk)
    entries = [(entry, standing_words(entry)) for entry in party.standings.select_related("actor")[:200]]
    overrides = list(party.overrides.select_related("asked_by")[:50])
    context = {"party": party, "entries": entries, "overrides": overrides}
    return render(request, "suppliers/party_standing.html", context)


def _facts(data: dict[str, object]) -> CompanyFacts:
    return CompanyFacts(**data)


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def party_note(request: HttpRequest) -> HttpResponse:
    return form_page(
        request,
        CompanyForm(request.user, request.POST or None),
        title=_("New prospect"),
        lead=_("A name and a store are enough to begin with; the rest comes as you learn it."),
        deed=lambda data: note_prospect(facts=_facts(data), actor=request.user),
        said=lambda party: _("%(name)s is noted under %(code)s.") % {"name": party.name, "code": party.code},
        to=lambda party: reverse("suppliers:party_detail", args=[party.pk]),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def party_edit(request: HttpRequest, pk: int) -> HttpResponse:
    party = access.party_for(request.user, pk, CHANGE)
    return form_page(
        request,
        CompanyForm(request.user, request.POST or None, party=party),
        title=_("Edit company"),
        party=party,
        deed=lambda data: edit_party(party_id=party.pk, facts=_facts(data), actor=request.user),
        said=_("Saved."),
    )


@login_required
@require_POST
@needs(CHANGE)
def party_move(request: HttpRequest, pk: int, stage: str) -> HttpResponse:
    """Move a prospect to a stage; from the board back to the board."""
    party = access.party_for(request.user, pk, CHANGE)
    back = "suppliers:party_board" if request.POST.get("from") == "board" else ""
    return done(
        request,
        lambda: move_prospect(party_id=party.pk, stage=stage, actor=request.user),
        _("%(name)s is moved.") % {"name": party.label},
        reverse(back) if back else reverse("suppliers:party_detail", args=[party.pk]),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def party_give_up(request: HttpRequest, pk: int) -> HttpResponse:
    party = access.party_for(request.user, pk, CHANGE)
    return form_page(
        request,
        ReasonForm(request.POST or None, button=_("Give up")),
        title=_("Give this prospect up"),
        lead=_("It stays on record with the reason, and can be taken up again."),
        party=party,
        deed=lambda data: give_up_prospect(party_id=party.pk, reason=data["reason"], actor=request.user),
        said=_("Given up."),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs("suppliers.view_bank_account")
def bank_edit(request: HttpRequest, pk: int) -> HttpResponse:
    party = access.party_for(request.user, pk, "suppliers.view_bank_account")
    initial = {name: getattr(party, name) for name in BankForm.base_fields}
    return form_page(
        request,
        BankForm(request.POST or None, initial=initial),
        title=_("Bank account"),
        lead=_("Settlements are paid to this account. The change goes into the audit trail."),
        party=party,
        deed=lambda data: change_bank_account(party_id=party.pk, actor=request.user, **data),
        said=_("The bank account is changed."),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs("suppliers.block_supplier")
def party_block(request: HttpRequest, pk: int) -> HttpResponse:
    party = access.party_for(request.user, pk, "suppliers.block_supplier")
    return form_page(
        request,
        ReasonForm(request.POST or None, button=_("Block")),
        title=_("Block this supplier"),
        lead=_("A blocked supplier may not sell, whatever papers it holds, until the block is lifted."),
        party=party,
        deed=lambda data: block_party(party_id=party.pk, reason=data["reason"], actor=request.user),
        said=_("Blocked."),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs("suppliers.block_supplier")
def party_unblock(request: HttpRequest, pk: int) -> HttpResponse:
    party = access.party_for(request.user, pk, "suppliers.block_supplier")
    return form_page(
        request,
        ReasonForm(request.POST or None, button=_("Lift the block")),
        title=_("Lift the block"),
        lead=_("Contract and licences are looked at anew at once."),
        party=party,
        deed=lambda data: unblock_party(party_id=party.pk, reason=data["reason"], actor=request.user),
        said=_("The block is lifted."),
    )
