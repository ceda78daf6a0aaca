"""Articles of the desk: written, published, found by words, used, judged."""

from datetime import date

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.exceptions import WrongState
from callcenter.locks import lock_case
from callcenter.models import Article, ArticleUse, ArticleVersion, ArticleVote, CaseCategory, CaseEntry
from callcenter.services.timeline import append_entry
from kit.errors import NotFound
from kit.words import tokens
from staff.audit import record
from staff.models import User


@transaction.atomic
def write_article(
    *,
    title: str,
    body: str,
    actor: User,
    title_en: str = "",
    body_en: str = "",
    valid_until: date | None = None,
    categories: list[CaseCategory] | None = None,
    article_id: int | None = None,
) -> Article:
    """Write an article, or a new version of one. The same words again make no version."""
    words = {"title": title.strip(), "title_en": title_en.strip(), "body": body.strip(), "body_en": body_en.strip()}
    if article_id is None:
        article = Article(written_by=actor)
        is_new = True
    else:
        article = _locked(article_id)
        is_new = any(getattr(article, name) != value for name, value in words.items())
        article.version += is_new
    for name, value in words.items():
        setattr(article, name, value)
    article.valid_until = valid_until
    article.title_toks = tokens(f"{article.title} {article.title_en}")
    article.toks = tokens(" ".join(words.values()))
    article.changed_at = timezone.now()
    article.save()
    article.categories.set(categories or [])
    if is_new:
        ArticleVersion.objects.create(article=article, version=article.version, by=actor, **words)
        record(actor, "callcenter.article_written", article, version=article.version)
    return article


@transaction.atomic
def publish_article(*, article_id: int, actor: User) -> Article:
    """Let everybody at the desk find it. A published one is returned unchanged."""
    return _move(article_id, Article.State.PUBLISHED, actor)


@transaction.atomic
def retire_article(*, article_id: int, actor: User) -> Article:
    """Take an article out of the search; it stays readable where it was used."""
    return _move(article_id, Article.State.RETIRED, actor)


@transaction.atomic
def vote_article(*, article_id: int, is_helpful: bool, actor: User) -> Article:
    """Say whether it helped; the last word of each person counts."""
    article = _locked(article_id)
    ArticleVote.objects.update_or_create(article=article, user=actor, defaults={"is_helpful": is_helpful})
    votes = article.votes.aggregate(
        yes=Count("pk", filter=Q(is_helpful=True)), no=Count("pk", filter=Q(is_helpful=False))
    )
    article.helpful, article.unhelpful = votes["yes"], votes["no"]
    article.save(update_fields=["helpful", "unhelpful"])
    return article


@transaction.atomic
def use_article(*, case_id: int, article_id: int, actor: User) -> ArticleUse:
    """Note that an article was used in a case; using it again changes nothing."""
    case = lock_case(case_id)
    article = Article.objects.filter(pk=article_id, state=Article.State.PUBLISHED).first()
    if article is None:
        raise NotFound(_("There is no such article."))
    use, created = ArticleUse.objects.get_or_create(case=case, article=article, defaults={"by": actor})
    if created:
        append_entry(case, CaseEntry.Kind.ARTICLE, actor=actor, text=article.title, data={"article": article.pk})
        record(actor, "callcenter.article_used", article, store=case.store_id, case=case.pk)
    return use


def _move(article_id: int, state: str, actor: User) -> Article:
    article = _locked(article_id)
    if article.state != state:
        if state == Article.State.PUBLISHED and article.valid_until and article.valid_until < timezone.localdate():
            raise WrongState(_("Its last day is over; give it a later one first."))
        article.state, article.changed_at = state, timezone.now()
        article.save(update_fields=["state", "changed_at"])
        record(actor, f"callcenter.article_{state}", article)
    return article


def _locked(article_id: int) -> Article:
    article = Article.objects.select_for_update(no_key=True).filter(pk=article_id).first()
    if article is None:
        raise NotFound(_("There is no such article."))
    return article
