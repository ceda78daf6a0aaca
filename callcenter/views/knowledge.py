"""What the desk can look up: found by words, written, published, judged, used in a case."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callcenter import access
from callcenter.access import READ, WORK, WRITE
from callcenter.filters import ArticleFilter
from callcenter.forms.desk import ArticleForm
from callcenter.models import Article
from callcenter.selectors.desk import found_articles
from callcenter.services.cases import page_of
from callcenter.services.knowledge import publish_article, retire_article, use_article, vote_article, write_article
from kit.answers import done, form_page
from kit.lists import listing
from staff.access import needs


def _page(article: Article) -> str:
    return reverse("callcenter:article_detail", args=[article.pk])


@login_required
@require_safe
@needs(READ)
def article_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.articles_for(request.user).prefetch_related("categories"),
        filterset=ArticleFilter,
        template="callcenter/article_list.html",
        orderings={"helpful": ("-helpful", "-changed_at", "-pk"), "newest": ("-changed_at", "-pk")},
        context={"can_write": request.user.has_perm(WRITE), "today": timezone.localdate()},
    )


@login_required
@require_safe
@needs(READ)
def article_detail(request: HttpRequest, pk: int) -> HttpResponse:
    article = access.article_for(request.user, pk)
    context = {
        "article": article,
        "categories": list(article.categories.all()),
        "versions": list(article.versions.select_related("by").order_by("-version")[:20]),
        "uses": article.uses.count(),
        "vote": article.votes.filter(user_id=request.user.pk).first(),
        "can_write": request.user.has_perm(WRITE),
        "today": timezone.localdate(),
    }
    return render(request, "callcenter/article_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@needs(WRITE)
def article_new(request: HttpRequest) -> HttpResponse:
    return form_page(
        request,
        ArticleForm(request.POST or None),
        title=_("New article"),
        deed=lambda data: write_article(actor=request.user, **{**data, "categories": list(data["categories"])}),
        said=_("Saved as a draft."),
        to=_page,
        template="callcenter/form.html",
        back=reverse("callcenter:article_list"),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(WRITE)
def article_edit(request: HttpRequest, pk: int) -> HttpResponse:
    article = access.article_for(request.user, pk, WRITE)
    names = ("title", "title_en", "body", "body_en", "valid_until")
    initial = {name: getattr(article, name) for name in names} | {"categories": article.categories.all()}
    return form_page(
        request,
        ArticleForm(request.POST or None, initial=initial),
        title=_("Edit article"),
        deed=lambda data: write_article(
            article_id=article.pk, actor=request.user, **{**data, "categories": list(data["categories"])}
        ),
        said=_("Saved."),
        to=_page(article),
        template="callcenter/form.html",
        back=_page(article),
    )


@login_required
@require_POST
@needs(WRITE)
def article_publish(request: HttpRequest, pk: int) -> HttpResponse:
    article = access.article_for(request.user, pk, WRITE)
    return done(
        request, lambda: publish_article(article_id=article.pk, actor=request.user), _("Published."), _page(article)
    )


@login_required
@require_POST
@needs(WRITE)
def article_retire(request: HttpRequest, pk: int) -> HttpResponse:
    article = access.article_for(request.user, pk, WRITE)
    return done(
        request, lambda: retire_article(article_id=article.pk, actor=request.user), _("Retired."), _page(article)
    )


@login_required
@require_POST
@needs(READ)
def article_helped(request: HttpRequest, pk: int) -> HttpResponse:
    return _vote(request, pk, is_helpful=True)


@login_required
@require_POST
@needs(READ)
def article_failed(request: HttpRequest, pk: int) -> HttpResponse:
    return _vote(request, pk, is_helpful=False)


def _vote(request: HttpRequest, pk: int, *, is_helpful: bool) -> HttpResponse:
    article = access.article_for(request.user, pk)
    return done(
        request,
        lambda: vote_article(article_id=article.pk, is_helpful=is_helpful, actor=request.user),
        _("Thank you."),
        _page(article),
    )


@login_required
@require_safe
@needs(READ)
def case_articles(request: HttpRequest, pk: int) -> HttpResponse:
    """Articles found from the case by ?text=."""
    case = access.case_for(request.user, pk, WORK)
    text = request.GET.get("text", "")[:200]
    found = found_articles(text, access.articles_for(request.user))
    return render(request, "callcenter/case_articles.html", {"case": case, "found": found, "text": text})


@login_required
@require_POST
@needs(WORK)
def article_use(request: HttpRequest, pk: int, article_id: int) -> HttpResponse:
    case = access.case_for(request.user, pk, WORK)
    return done(
        request,
        lambda: use_article(case_id=case.pk, article_id=article_id, actor=request.user),
        _("Noted in the case."),
        page_of(case),
    )
