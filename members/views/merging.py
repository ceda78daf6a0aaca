"""Merging two members, and taking a merge back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kit.forms import carried_out
from kit.lists import listing
from members import access, selectors
from members.forms.merging import MergeForm, UnmergeForm
from members.models import Member
from members.services.merge_fields import differing
from members.services.merging import merge_members, unmerge_members
from members.views.enrolment import found_members
from staff.access import needs

MERGE = "members.merge_member"


@login_required
@require_http_methods(["GET", "POST"])
def member_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """The member of the address stays; the one chosen becomes a tombstone that leads here."""
    winner = access.member_for(request.user, pk, MERGE)
    loser = _chosen(request, winner)
    parts = differing(winner, loser) if loser else []
    initial = {"loser": loser.pk if loser else None}
    form = MergeForm(parts, (winner, loser) if loser else None, request.POST or None, initial=initial)
    if loser and form.is_valid():
        deed = lambda: merge_members(  # noqa: E731
            winner_id=winner.pk,
            loser_id=loser.pk,
            reason=form.cleaned_data["reason"],
            take=form.taken,
            actor=request.user,
        )
        if carried_out(form, deed):
            messages.success(request, _("Merged. Cards, phones, notes and points are together now."))
            return redirect("members:member_detail", winner.pk)
    text = request.GET.get("q", "").strip()[:100]
    context = {
        "member": winner,
        "in_scope": True,
        "form": form,
        "text": text,
        "found": [one for one in selectors.search(text, request.user, limit=20) if one.pk != winner.pk] if text else [],
        "pair": list(
            zip(found_members(request.user, [winner.pk]), found_members(request.user, [loser.pk]), strict=True)
        )
        if loser
        else [],
        "loser": loser,
    }
    return render(request, "members/member_merge.html", context, status=422 if form.is_bound else 200)


@login_required
@require_safe
@needs(MERGE)
def merge_list(request: HttpRequest) -> HttpResponse:
    """Merges, the newest first, those taken back marked."""
    return listing(
        request,
        access.merges_for(request.user),
        template="members/merge_list.html",
        orderings={"newest": ("-at", "-pk")},
        prepare=lambda rows: selectors.merge_rows(request.user, rows),
    )


@login_required
@require_http_methods(["GET", "POST"])
def merge_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """What the merge did, what happened since, and the way back."""
    operation = access.merge_for(request.user, pk)
    form = UnmergeForm(request.POST or None)
    if not operation.is_undone and form.is_valid():
        deed = lambda: unmerge_members(  # noqa: E731
            operation_id=operation.pk, reason=form.cleaned_data["reason"], actor=request.user
        )
        if carried_out(form, deed):
            messages.success(request, _("The merge is taken back: both members live again."))
            return redirect("members:merge_undo", operation.pk)
    context = {
        "operation": operation,
        "member": operation.winner,
        "row": selectors.merge_rows(request.user, [operation])[0],
        "form": form,
        "in_scope": True,
        "moved": selectors.moved_tables(operation.moved),
        "stayed": selectors.moved_tables(operation.stayed),
        "cards": selectors.cards_of_loser(operation),
    }
    return render(request, "members/merge_undo.html", context, status=422 if form.is_bound else 200)


def _chosen(request: HttpRequest, winner: Member) -> Member | None:
    number = request.POST.get("loser") or request.GET.get("with") or ""
    if not (number.isascii() and number.isdigit()) or int(number) == winner.pk:
        return None
    return access.member_for(request.user, int(number[:18]), MERGE)
