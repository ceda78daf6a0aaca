"""The score archive of counters: how a store scores, month after month, each score with its lines."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from suppliers.models.parties import Party


class ScoreScheme(models.Model):
    """How one store scores its counters from a month on: weights with bands, and grades.

    The database holds that weights sum to 100 and that grades cover 0 to 100 without gap or overlap.
    """

    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="+", db_index=False, verbose_name=_("store"))
    valid_from = models.DateField(_("from the month"))
    created_at = models.DateTimeField(_("made at"), default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("score scheme")
        verbose_name_plural = _("score schemes")
        ordering = ["store", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["store", "valid_from"], name="suppliers_scorescheme_one_a_month"),
            models.CheckConstraint(condition=Q(valid_from__day=1), name="suppliers_scorescheme_begins_with_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.store} {self.valid_from:%Y-%m}"


class ScoreWeight(models.Model):
    """What one metric weighs in a scheme, and how its raw value becomes points.

    `bands` is a list of `[from, points]` in rising order, the first from `null`: a raw value takes the points of the
    last band it reaches, so that bands have neither gap nor overlap.
    """

    scheme = models.ForeignKey(ScoreScheme, models.CASCADE, related_name="weights", db_index=False)
    metric = models.CharField(_("metric"), max_length=40)
    weight = models.DecimalField(_("weight"), max_digits=5, decimal_places=2)
    bands = models.JSONField(_("bands"))

    class Meta:
        verbose_name = _("weight of a metric")
        verbose_name_plural = _("weights of metrics")
        constraints = [
            models.UniqueConstraint(fields=["scheme", "metric"], name="suppliers_scoreweight_once_per_metric"),
            models.CheckConstraint(
                condition=Q(weight__gt=0, weight__lte=100), name="suppliers_scoreweight_is_a_part_of_100"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.weight}"


class ScoreGrade(models.Model):
    """One grade of a scheme: scores from `lower` up to (below) `upper`, and what the next contract may look like."""

    scheme = models.ForeignKey(ScoreScheme, models.CASCADE, related_name="grades", db_index=False)
    letter = models.CharField(_("grade"), max_length=2)
    lower = models.DecimalField(_("from"), max_digits=5, decimal_places=2)
    upper = models.DecimalField(_("below"), max_digits=5, decimal_places=2)
    rate_from = models.DecimalField(_("commission rate from"), max_digits=5, decimal_places=4)
    rate_to = models.DecimalField(_("commission rate to"), max_digits=5, decimal_places=4)
    term_from = models.PositiveSmallIntegerField(_("term from (months)"))
    term_to = models.PositiveSmallIntegerField(_("term to (months)"))

    class Meta:
        verbose_name = _("grade")
        verbose_name_plural = _("grades")
        ordering = ["scheme", "-lower"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "letter"], name="suppliers_scoregrade_letter_once"),
            models.CheckConstraint(
                condition=Q(lower__gte=0, upper__lte=100, lower__lt=F("upper")),
                name="suppliers_scoregrade_within_100",
            ),
            models.CheckConstraint(
                condition=Q(rate_from__gte=0, rate_from__lte=F("rate_to"), rate_to__lte=1),
                name="suppliers_scoregrade_rates_in_order",
            ),
            models.CheckConstraint(
                condition=Q(term_from__gte=1, term_from__lte=F("term_to")), name="suppliers_scoregrade_terms_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.letter


class ScorePeriod(models.Model):
    """One month of one store. Closed, its scores never change again (a trigger refuses)."""

    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="+", db_index=False, verbose_name=_("store"))
    month = models.DateField(_("month"))
    scheme = models.ForeignKey(ScoreScheme, models.PROTECT, related_name="periods")
    calculated_at = models.DateTimeField(_("calculated at"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by")
    )

    class Meta:
        verbose_name = _("month of scores")
        verbose_name_plural = _("months of scores")
        ordering = ["-month", "store"]
        constraints = [
            models.UniqueConstraint(fields=["store", "month"], name="suppliers_scoreperiod_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="suppliers_scoreperiod_is_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.store} {self.month:%Y-%m}"

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None


class CounterScore(models.Model):
    """The score of a counter in a month. No score at all where nothing was sold: not rated is neither 0 nor 100.

    `place` is its place by net sales among the `places` trading counters of its category in the store.
    """

    id = models.BigAutoField(primary_key=True)
    period = models.ForeignKey(ScorePeriod, models.PROTECT, related_name="scores", db_index=False)
    counter = models.ForeignKey("stores.Counter", models.PROTECT, related_name="+", verbose_name=_("counter"))
    party = models.ForeignKey(Party, models.PROTECT, null=True, related_name="scores", verbose_name=_("supplier"))
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True)
    grade = models.CharField(_("grade"), max_length=2, blank=True)
    net_sales = models.DecimalField(_("net sales"), max_digits=15, decimal_places=2)
    place = models.PositiveSmallIntegerField(_("place in its category"), null=True)
    places = models.PositiveSmallIntegerField(_("counters in its category"), null=True)

    class Meta:
        verbose_name = _("score of a counter")
        verbose_name_plural = _("scores of counters")
        constraints = [
            models.UniqueConstraint(fields=["period", "counter"], name="suppliers_counterscore_once"),
            models.CheckConstraint(
                condition=Q(score__isnull=True, grade="") | Q(score__range=(0, 100), grade__gt=""),
                name="suppliers_counterscore_rated_or_not",
            ),
        ]
        indexes = [models.Index(fields=["counter", "period"], name="suppliers_score_of_counter")]

    def __str__(self) -> str:
        return f"{self.counter_id} {self.score}"


class ScoreLine(models.Model):
    """One metric of one score: the raw value, the points its band gives, its weight, and its share after metrics
    without a value gave theirs away."""

    class State(models.TextChoices):
        SCORED = "scored", _("Scored")
        NO_DATA = "no_data", _("No data")
        NOT_CONNECTED = "not_connected", _("Not connected")

    id = models.BigAutoField(primary_key=True)
    score = models.ForeignKey(CounterScore, models.CASCADE, related_name="lines", db_index=False)
    metric = models.CharField(_("metric"), max_length=40)
    state = models.CharField(_("state"), max_length=14, choices=State)
    raw = models.DecimalField(_("value"), max_digits=18, decimal_places=4, null=True)
    points = models.DecimalField(_("points"), max_digits=5, decimal_places=2, null=True)
    weight = models.DecimalField(_("weight"), max_digits=5, decimal_places=2)
    share = models.DecimalField(_("share"), max_digits=7, decimal_places=4)

    class Meta:
        verbose_name = _("line of a score")
        verbose_name_plural = _("lines of scores")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["score", "metric"], name="suppliers_scoreline_once_per_metric"),
            models.CheckConstraint(
                condition=Q(state="scored", raw__isnull=False, points__range=(0, 100))
                | (~Q(state="scored") & Q(raw__isnull=True, points__isnull=True, share=0)),
                name="suppliers_scoreline_scored_or_silent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.points}"


class BottomNotice(models.Model):
    """That a counter fell under a rule about last places in a month; told once. Append-only."""

    class Rule(models.TextChoices):
        LAST_OF_QUARTER = "last_of_quarter", _("Last of its category by sales in the quarter")
        MAY_MOVE = "may_move", _("2 months below target and among the last 3: may be moved")
        MAY_END = "may_end", _("3 months below target: the contract may be ended")

    counter = models.ForeignKey("stores.Counter", models.PROTECT, related_name="+", verbose_name=_("counter"))
    month = models.DateField(_("month"))
    rule = models.CharField(_("rule"), max_length=16, choices=Rule)
    data = models.JSONField(_("details"), default=dict)
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("notice of a last place")
        verbose_name_plural = _("notices of last places")
        ordering = ["-month", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["counter", "month", "rule"], name="suppliers_bottomnotice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.counter_id} {self.rule}"
