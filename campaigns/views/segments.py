"""Segments: the list, the builder with its live count, put away, pins."""

import time

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import segment_access as access
from campaigns.forms.segment_rules import EMPTY, Draft, Tree, document_of, draft_from, edit
from campaigns.forms.segments import WordsForm
from campaigns.models import Segment
from campaigns.rules.document import Group, read_rule
from campaigns.rules.sql import Clock
from campaigns.rules.wording import rule_words
from campaigns.segment_access import CHANGE, VIEW
from campaigns.segment_exceptions import RuleRefused
from campaigns.segment_filters import SegmentFilter
from campaigns.selectors import segment_counts as counts
from campaigns.selectors.segment_pages import with_words
from campaigns.services.segment_reach import reach_today
from campaigns.services.segments import change_segment, make_segment
from kit.forms import carried_out
from kit.lists import listing
from staff.access import needs, stores_for


@login_required
@require_safe
@needs(VIEW)
def segment_list(request: HttpRequest) -> HttpResponse:
    """Segments in use, the newest first, with their rules in words."""
    segments = access.segments_for(request.user)
    if "state" not in request.GET:
        segments = segments.filter(state=Segment.State.ACTIVE)
    return listing(
        request,
        segments,
        filterset=SegmentFilter,
        template="campaigns/segment_list.html",
        orderings={"newest": ("-changed_at", "-pk"), "name": ("name", "pk"), "size": ("size", "pk")},
        prepare=with_words,
        per_page=25,
        context={"can_change": request.user.has_perm(CHANGE)},
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def segment_new(request: HttpRequest) -> HttpResponse:
    """A new segment: the rule and its words on one page."""
    draft = draft_from(request.POST) if request.method == "POST" else _begun(request)
    form = WordsForm(request.user, request.POST or None, is_new=True)

    def deed(words: dict[str, object], rule: Draft) -> Segment:
        return make_segment(rule=rule, actor=request.user, **words)

    return _builder(request, form, draft, deed, title=_("New segment"))


def _begun(request: HttpRequest) -> Draft:
    """An empty rule, or a copy of another segment's."""
    if (source := request.GET.get("from", "")).isdecimal() and len(source) < 18:
        other = access.segment_for(request.user, int(source))
        if other.current:
            return {"op": other.current.rule["op"], "rules": other.current.rule["rules"]}
    return edit({**EMPTY, "rules": []}, "add:r")


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def segment_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Words and rule of a segment; another rule is another version."""
    segment = access.segment_for(request.user, pk, CHANGE)
    if request.method == "POST":
        draft = draft_from(request.POST)
    else:
        draft = {"op": "all", "rules": []} | (segment.current.rule if segment.current else {})
    initial = {"name": segment.name, "name_en": segment.name_en, "description": segment.description}
    form = WordsForm(request.user, request.POST or None, initial=initial, is_new=False)

    def deed(words: dict[str, object], rule: Draft) -> Segment:
        kept = None if segment.kind == Segment.Kind.LIST else rule
        return change_segment(segment_id=segment.pk, rule=kept, actor=request.user, **words)

    return _builder(request, form, draft, deed, title=segment.label, segment=segment)


def _builder(request: HttpRequest, form: WordsForm, draft: Draft, deed, *, title: str, segment: Segment | None = None) -> HttpResponse:  # fmt: skip
    """The page of the builder: a button of the rule changes the rule, saving does the deed. Nothing typed is lost."""
    do = request.POST.get("do", "save") if request.method == "POST" else ""
    saves = do == "save"
    if saves and form.is_valid():
        rule = document_of(draft)
        saved = carried_out(
            form, lambda: deed({k: v for k, v in form.cleaned_data.items() if v != "" or k != "note"}, rule)
        )
        if saved:
            messages.success(request, _("Saved. Who belongs is being computed."))
            return redirect("campaigns:segment_detail", saved.pk)
    elif request.method == "POST" and not saves:
        draft = edit(draft, do)
        form.errors.clear()
    context = {
        "form": form,
        "tree": Tree(draft, request.user, checked=saves),
        "title": title,
        "segment": segment,
        "is_list": segment is not None and segment.kind == Segment.Kind.LIST,
        "action": request.path,
        "back": reverse("campaigns:segment_detail", args=[segment.pk])
        if segment
        else reverse("campaigns:segment_list"),
        **_counted(request, draft, segment),
    }
    return render(request, "campaigns/segment_build.html", context, status=422 if saves else 200)


@login_required
@require_POST
@needs(CHANGE)
def segment_rule(request: HttpRequest) -> HttpResponse:
    """The rule as it looks after a change of its questions, for HTMX; nothing is kept."""
    draft = edit(draft_from(request.POST), request.POST.get("do", ""))
    context = {"tree": Tree(draft, request.user, checked=False)}
    return render(request, "campaigns/segment_build.html#rule", context)


@login_required
@require_POST
@needs(CHANGE)
def segment_count(request: HttpRequest) -> HttpResponse:
    """How many the rule means, at once; the exact number is asked for after it. Nothing is kept."""
    counts.stop_counting(request.user.pk)
    return render(request, "campaigns/_segment_count.html", _counted(request, draft_from(request.POST), None))


@login_required
@require_POST
@needs(CHANGE)
def segment_count_exact(request: HttpRequest) -> HttpResponse:
    """The exact number under a time limit; where it takes too long, the estimate stays and says so."""
    context = _counted(request, draft_from(request.POST), None, exact=True)
    return render(request, "campaigns/_segment_count.html", context)


@login_required
@require_POST
@needs(CHANGE)
def segment_reach(request: HttpRequest) -> HttpResponse:
    """Whom each channel reaches today, after suppression and caps, and at what price. Nothing is kept."""
    try:
        rule = read_rule(document_of(draft_from(request.POST)))
    except RuleRefused:
        rule = None
    today = reach_today(rule, clock=Clock.now(), store_id=_store_of(request)) if rule else None
    return render(request, "campaigns/_segment_reach.html", {"today": today})


def _counted(request: HttpRequest, draft: Draft, segment: Segment | None, *, exact: bool = False) -> dict[str, object]:
    begun = time.monotonic()
    store = segment.store_id if segment else _store_of(request)
    try:
        rule: Group = read_rule(document_of(draft))
    except RuleRefused as refused:
        return {"answer": None, "unclear": str(refused)}
    clock, answer = Clock.now(), None
    if exact:
        answer = counts.exact_count(rule, clock=clock, store_id=store, asker=request.user.pk)
    gave_up = exact and answer is None
    answer = answer or counts.quick_count(rule, clock=clock, store_id=store)
    spent = int(1000 * (time.monotonic() - begun))
    return {"answer": answer, "words": rule_words(rule), "gave_up": gave_up, "milliseconds": spent}


def _store_of(request: HttpRequest) -> int | None:
    """The store chosen for a new segment, where it is one of the person's."""
    sent = request.POST.get("store", "")
    if not sent.isdecimal() or len(sent) > 18:
        return None
    return stores_for(request.user).filter(pk=int(sent)).values_list("pk", flat=True).first()
