"""Questionnaires: what is asked, in which version, and what each member answered."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from stores.models import Named

USER = settings.AUTH_USER_MODEL


def in_language(zh: str, en: str) -> str:
    """Which of two wordings the language of the page wants; Chinese where there is no English one."""
    return zh if (get_language() or "zh").startswith("zh") else en or zh


class Survey(Named):
    """A questionnaire to members: for all, or for a segment. One answer per member."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("survey", "Being written")
        OPEN = "open", pgettext_lazy("survey", "Open")
        CLOSED = "closed", pgettext_lazy("survey", "Closed")

    state = models.CharField(_("state"), max_length=6, choices=State, default=State.DRAFT)
    intro = models.CharField(_("introduction"), max_length=500, blank=True)
    intro_en = models.CharField(_("introduction in English"), max_length=500, blank=True)
    store = models.ForeignKey(
        "stores.Store", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("store")
    )
    campaign = models.ForeignKey(
        "campaigns.Campaign", models.PROTECT, null=True, blank=True, related_name="surveys",
        verbose_name=_("about the campaign"),
    )  # fmt: skip
    segment = models.ForeignKey(
        "campaigns.Segment", models.PROTECT, null=True, blank=True, related_name="surveys", verbose_name=_("for whom")
    )
    until_on = models.DateField(_("until"), null=True, blank=True)
    # Questions are changed in the version that is not published yet; the published one is answered.
    current = models.ForeignKey(
        "campaigns.SurveyVersion", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    made_by = models.ForeignKey(USER, models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        indexes = [models.Index(fields=["-made_at"], name="campaigns_survey_newest")]

    @property
    def intro_label(self) -> str:
        """The introduction in the language of the page."""
        return in_language(self.intro, self.intro_en)


class SurveyVersion(models.Model):
    """The questions as they stood: never changed once published, so that every answer keeps its questions."""

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveSmallIntegerField(_("version"))
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    class Meta:
        verbose_name = _("version of a survey")
        verbose_name_plural = _("versions of surveys")
        constraints = [
            models.UniqueConstraint(fields=["survey", "number"], name="campaigns_surveyversion_numbered_once")
        ]

    def __str__(self) -> str:
        return f"v{self.number}"


class Question(models.Model):
    """One question of a version. `key` stays the same over versions, so that results can be read together."""

    class Kind(models.TextChoices):
        SINGLE = "single", pgettext_lazy("question", "One of several")
        MULTIPLE = "multiple", pgettext_lazy("question", "Any of several")
        SCALE = "scale", pgettext_lazy("question", "0 to 10")
        TEXT = "text", pgettext_lazy("question", "In own words")

    version = models.ForeignKey(SurveyVersion, models.PROTECT, related_name="questions", db_index=False)
    position = models.PositiveSmallIntegerField(_("position"))
    key = models.CharField(_("key"), max_length=8)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    text = models.CharField(_("question"), max_length=200)
    text_en = models.CharField(_("question in English"), max_length=200, blank=True)
    # Pairs of the Chinese and the English wording, in order; an answer names its place.
    options = models.JSONField(_("choices"), default=list, blank=True)
    is_required = models.BooleanField(_("must be answered"), default=True)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="campaigns_question_key_once"),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def label(self) -> str:
        """The question in the language of the page."""
        return in_language(self.text, self.text_en)

    @property
    def option_labels(self) -> list[str]:
        """The choices in the language of the page."""
        pairs: list[Any] = self.options
        return [in_language(pair[0], pair[1] if len(pair) > 1 else "") for pair in pairs]


class SurveyAnswer(models.Model):
    """A member's answer to a survey: at most one."""

    class Way(models.TextChoices):
        LINK = "link", pgettext_lazy("survey", "By link")
        OWN = "own", pgettext_lazy("survey", "Own pages")
        DESK = "desk", pgettext_lazy("survey", "At the desk")

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="answers", db_index=False)
    version = models.ForeignKey(SurveyVersion, models.PROTECT, related_name="+", db_index=False)
    member = models.ForeignKey("members.Member", models.PROTECT, related_name="+", verbose_name=_("member"))
    store = models.ForeignKey(
        "stores.Store", models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("store")
    )
    # The star held when answering.
    rank = models.PositiveSmallIntegerField(_("tier rank"), default=0)
    way = models.CharField(_("how it came"), max_length=4, choices=Way)
    answered_at = models.DateTimeField(_("answered at"), default=timezone.now)
    taken_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("answer to a survey")
        verbose_name_plural = _("answers to surveys")
        constraints = [
            models.UniqueConstraint(fields=["survey", "member"], name="campaigns_surveyanswer_once_per_member")
        ]


class SurveyValue(models.Model):
    """What one answer says to one question: one row per choice taken, a number, or words."""

    answer = models.ForeignKey(SurveyAnswer, models.CASCADE, related_name="values", db_index=False)
    question = models.ForeignKey(Question, models.PROTECT, related_name="+", db_index=False)
    choice = models.SmallIntegerField(_("choice"), null=True, blank=True)
    number = models.SmallIntegerField(_("number"), null=True, blank=True)
    words = models.CharField(_("words"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("answer to a question")
        verbose_name_plural = _("answers to questions")
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "question", "choice"], name="campaigns_surveyvalue_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(number=None) | Q(number__gte=0, number__lte=10), name="campaigns_surveyvalue_0_to_10"
            ),
        ]
        indexes = [models.Index(fields=["question", "choice"], name="campaigns_surveyvalue_of")]
