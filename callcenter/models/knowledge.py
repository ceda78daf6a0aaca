"""What the desk knows: answers to insert, articles to look up."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from callcenter.models.cases import Case
from callcenter.models.dictionaries import CaseCategory
from stores.models import Named


def _said(zh: str, en: str) -> str:
    """The text in the language of the page; the Chinese where no English was written."""
    return zh if (get_language() or "zh").startswith("zh") or not en else en


class AnswerTemplate(Named):
    """A text to insert into a message or an entry; {member}, {case}, {counter} and {store} are filled in."""

    category = models.ForeignKey(
        CaseCategory, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    body = models.TextField(_("text"), max_length=1000)
    body_en = models.TextField(_("text in English"), max_length=1000, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("template of an answer")
        verbose_name_plural = _("templates of answers")
        ordering = ["name"]

    def text_in(self, language: str) -> str:
        """The text in a member's language."""
        return self.body if language.startswith("zh") or not self.body_en else self.body_en


class Article(models.Model):
    """Something the desk can look up: written in both languages, published, valid until a day."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        RETIRED = "retired", _("Retired")

    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=120, blank=True)
    body = models.TextField(_("text"), max_length=8000)
    body_en = models.TextField(_("text in English"), max_length=8000, blank=True)
    categories = models.ManyToManyField(CaseCategory, blank=True, related_name="+", verbose_name=_("categories"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.DRAFT)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    helpful = models.PositiveIntegerField(_("helped"), default=0)
    unhelpful = models.PositiveIntegerField(_("did not help"), default=0)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now)
    title_toks = ArrayField(models.TextField(db_collation="C"), default=list, editable=False)
    toks = ArrayField(models.TextField(db_collation="C"), default=list, editable=False)

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["-changed_at"]
        indexes = [GinIndex(fields=["toks"], fastupdate=False, name="callcenter_article_by_words")]

    def __str__(self) -> str:
        return self.title

    @property
    def label(self) -> str:
        return _said(self.title, self.title_en)

    @property
    def text(self) -> str:
        return _said(self.body, self.body_en)


class ArticleVersion(models.Model):
    """What an article said once. Append-only."""

    article = models.ForeignKey(Article, models.PROTECT, related_name="versions", db_index=False)
    version = models.PositiveSmallIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=120, blank=True)
    body = models.TextField(_("text"), max_length=8000)
    body_en = models.TextField(_("text in English"), max_length=8000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("version of an article")
        verbose_name_plural = _("versions of articles")
        constraints = [
            models.UniqueConstraint(fields=["article", "version"], name="callcenter_articleversion_once"),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} v{self.version}"


class ArticleVote(models.Model):
    """Whether an article helped somebody of the staff; the last word counts."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="votes", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    is_helpful = models.BooleanField(_("helped"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "user"], name="callcenter_articlevote_one_each"),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} {self.is_helpful}"


class ArticleUse(models.Model):
    """An article that was used in a case."""

    article = models.ForeignKey(Article, models.PROTECT, related_name="uses")
    case = models.ForeignKey(Case, models.PROTECT, related_name="articles", db_index=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "article"], name="callcenter_articleuse_once_per_case")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.article_id}"
