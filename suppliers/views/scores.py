"""Scores of counters: the list of a month, one score explained, the history of a counter, schemes."""

from datetime import date
from functools import partial

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.lists import Export, listing
from kit.workbooks import Column
from staff.access import needs, require_store, stores_for
from suppliers import access
from suppliers.filters import ScoreFilter
from suppliers.forms.scores import MonthForm, SchemeForm
from suppliers.selectors import scores as reads
from suppliers.services.bottom import watch_bottom
from suppliers.services.metrics import metric_of
from suppliers.services.schemes import save_scheme, scheme_for
from suppliers.services.scoring import calculate_month, close_month
from suppliers.views.answers import done, form_page

VIEW = "suppliers.view_score"
SCORE_EXPORT = Export(
    "scores",
    [
        Column(lazy("Month"), lambda row: f"{row.period.month:%Y-%m}", 10),
        Column(lazy("Store"), lambda row: row.period.store.label, 16),
        Column(lazy("Counter"), lambda row: row.counter.label, 24),
        Column(lazy("Supplier"), lambda row: row.party.name if row.party else "", 34),
        Column(lazy("Score"), "score", 10),
        Column(lazy("Grade"), "grade", 8),
        Column(lazy("Net sales"), "net_sales", 16),
        Column(lazy("Place in its category"), lambda row: f"{row.place}/{row.places}" if row.place else "", 16),
    ],
)


def _asked_month(request: HttpRequest, fallback: date | None) -> date | None:
    try:
        return date.fromisoformat(f"{request.GET.get('month', '')[:7]}-01")
    except ValueError:
        return fallback


@login_required
@require_safe
@needs(VIEW)
def score_list(request: HttpRequest) -> HttpResponse:
    """The counters of a month, the best first; those not rated last."""
    scores = access.scores_for(request.user)
    month = _asked_month(request, reads.latest_month(scores))
    rows = scores.filter(period__month=month).select_related(
        "counter__floor", "counter__category", "party", "period__store"
    )
    context = {
        "month": month,
        "periods": list(access.periods_for(request.user).filter(month=month).select_related("store")),
        "may_calculate": request.user.has_perm("suppliers.calculate_scores"),
        "may_close": request.user.has_perm("suppliers.close_scores"),
    }
    return listing(
        request,
        rows,
        filterset=partial(ScoreFilter, month=month),
        template="suppliers/score_list.html",
        orderings=access.SCORE_ORDERINGS,
        export=SCORE_EXPORT,
        context=context,
    )


@login_required
@require_safe
@needs(VIEW)
def score_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One score, line by line, and what it proposes for the next contract."""
    score = access.score_for(request.user, pk)
    lines = []
    for line in reads.lines_of(score):
        metric = metric_of(line.metric)
        lines.append(
            {
                "line": line,
                "label": metric.label if metric else line.metric,
                "value": reads.value_words(metric.unit if metric else "number", line.raw),
            }
        )
    grade = score.period.scheme.grades.filter(letter=score.grade).first() if score.grade else None
    return render(request, "suppliers/score_detail.html", {"score": score, "lines": lines, "grade": grade})


@login_required
@require_safe
@needs(VIEW)
def counter_scores(request: HttpRequest, pk: int) -> HttpResponse:
    """The archive of one counter: months, quarters, years."""
    counter = access.counter_in_scope(request.user, pk, VIEW)
    history = reads.history_of(counter.pk)
    context = {
        "counter": counter,
        "history": history,
        "quarters": reads.aggregated(history, months_a_piece=3),
        "years": reads.aggregated(history, months_a_piece=12),
        "notices": reads.notices_of(counter.pk),
        "chart": reads.chart_of(history),
        "summary": reads.summary_of(history),
        "latest": next((one for one in history if one.score is not None), None),
    }
    return render(request, "suppliers/counter_scores.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@needs("suppliers.calculate_scores")
def score_calculate(request: HttpRequest) -> HttpResponse:
    """Score a store's month now."""
    form = MonthForm(stores_for(request.user).filter(is_active=True), request.POST or None)

    def deed(data: dict[str, object]) -> object:
        store, month = form.chosen
        period = calculate_month(store_id=store.pk, month=month, actor=request.user)
        watch_bottom(store_id=store.pk, month=month)
        return period

    return form_page(
        request,
        form,
        title=_("Calculate scores"),
        lead=_("The night does this for the running month and the one before; a closed month stays."),
        deed=deed,
        said=_("The month is scored."),
        to=lambda period: f"{reverse('suppliers:score_list')}?month={period.month:%Y-%m}&store={period.store_id}",
    )


@login_required
@require_POST
@needs("suppliers.close_scores")
def month_close(request: HttpRequest, pk: int) -> HttpResponse:
    period = access.period_for(request.user, pk, "suppliers.close_scores")
    return done(
        request,
        lambda: close_month(period_id=period.pk, actor=request.user),
        _("%(month)s is closed.") % {"month": f"{period.month:%Y-%m}"},
        f"{reverse('suppliers:score_list')}?month={period.month:%Y-%m}",
    )


@login_required
@require_safe
@needs(VIEW)
def scheme_list(request: HttpRequest) -> HttpResponse:
    """How each store scores."""
    schemes = list(access.schemes_for(request.user).prefetch_related("weights", "grades").select_related("store"))
    for scheme in schemes:
        scheme.parts = [
            (metric.label if (metric := metric_of(one.metric)) else one.metric, one.weight, metric and metric.measure)
            for one in sorted(scheme.weights.all(), key=lambda one: -one.weight)
        ]
    may_change = request.user.has_perm("suppliers.change_scheme")
    context = {"schemes": schemes, "stores": list(stores_for(request.user)) if may_change else []}
    return render(request, "suppliers/scheme_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@needs("suppliers.change_scheme")
def scheme_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """A store's way to score, from a month on."""
    require_store(request.user, pk)
    store = stores_for(request.user).get(pk=pk)
    form = SchemeForm(scheme_for(store.pk, date.max.replace(day=1)), request.POST or None)
    return form_page(
        request,
        form,
        title=_("Scores of %(store)s") % {"store": store.label},
        lead=_("Points of each metric: what everybody gets, then “from: points”. A percentage is written as 0.05."),
        deed=lambda data: save_scheme(
            store=store, valid_from=data["month"], weights=form.weights(), grades=form.grades(), actor=request.user
        ),
        said=_("The scheme is saved."),
        to=reverse("suppliers:scheme_list"),
        template="suppliers/scheme_form.html",
    )
