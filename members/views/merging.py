"""Merging two members: find the other, compare, confirm."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kit.forms import carried_out
from members import access, selectors
from members.forms.belongings import MergeForm
from members.models import Member
from members.services.merging import merge_members
from members.views.enrolment import found_members

MERGE = "members.merge_member"


@login_required
@require_http_methods(["GET", "POST"])
def member_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """The member of the address stays; the one chosen becomes a tombstone that leads here."""
    winner = access.member_for(request.user, pk, MERGE)
    loser = _chosen(request, winner)
    form = MergeForm(request.POST or None, initial={"loser": loser.pk if loser else None})
    if loser and form.is_valid():
        deed = lambda: merge_members(  # noqa: E731
            winner_id=winner.pk, loser_id=loser.pk, reason=form.cleaned_data["reason"], actor=request.user
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


def _chosen(request: HttpRequest, winner: Member) -> Member | None:
    number = request.POST.get("loser") or request.GET.get("with") or ""
    if not (number.isascii() and number.isdigit()) or int(number) == winner.pk:
        return None
    return access.member_for(request.user, int(number[:18]), MERGE)
