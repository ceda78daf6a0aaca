"""Sends: all of them, one with its progress and what became of whom, written and rewritten."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import send_access as access
from campaigns.campaign_access import campaigns_for
from campaigns.forms.sends import SendForm
from campaigns.models import Send, SendRecipient
from campaigns.segment_access import segments_for
from campaigns.selectors import send_pages as pages
from campaigns.selectors.providers import said_by_provider
from campaigns.selectors.send_calls import calls_of
from campaigns.selectors.sends import BEFORE, cost_of, progress_of
from campaigns.send_access import CHANGE, START, VIEW
from campaigns.send_filters import RecipientFilter, SendFilter
from campaigns.send_reasons import reason_label
from campaigns.sending_access import wordings_for
from campaigns.services.preflight import findings_of
from campaigns.services.send_writing import previews_of, rewrite_send, write_send
from campaigns.services.sends import needs_approval
from campaigns.services.sent_texts import shown_message
from kit.answers import form_page
from kit.htmx import is_partial
from kit.lists import Export, listing
from kit.workbooks import Column
from members.selectors import member_rows
from staff.access import needs, stores_for

FORM = "campaigns/send_form.html"
State = Send.State
RECIPIENTS = [
    Column(lazy("Member number"), "member.member_no"),
    Column(lazy("State"), lambda one: one.get_state_display()),
    Column(lazy("Reason"), lambda one: reason_label(one.reason) if one.reason else "", 30),
    Column(lazy("Wording"), lambda one: one.get_arm_display()),
    Column(lazy("Handed over at"), "accepted_at", 18),
    Column(lazy("Delivered at"), "delivered_at", 18),
]


@login_required
@require_safe
@needs(VIEW)
def send_list(request: HttpRequest) -> HttpResponse:
    """The newest sends with how far they are."""
    return listing(
        request,
        access.sends_for(request.user),
        filterset=SendFilter,
        template="campaigns/send_list.html",
        orderings={"newest": ("-made_at", "-pk"), "planned": ("planned_at", "pk")},
        prepare=pages.with_progress,
        per_page=25,
        context={"can_change": request.user.has_perm(CHANGE)},
    )


def _choices(request: HttpRequest) -> dict[str, object]:
    user = request.user
    return {
        "segment": segments_for(user).filter(state="active").order_by("name"),
        "campaign": campaigns_for(user).exclude(state__in=("closed", "cancelled")).order_by("-from_on"),
        "store": stores_for(user).order_by("code"),
    }


def _page_of(send: Send) -> str:
    return reverse("campaigns:send_detail", args=[send.pk])


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def send_new(request: HttpRequest) -> HttpResponse:
    """A new send: whom, how, what, when. `segment` and `campaign` may be given in the address."""
    given = {name: request.GET.get(name) for name in ("segment", "campaign", "channel") if request.GET.get(name)}
    given |= _from_library(request)
    form = SendForm(_choices(request), request.POST or None, initial=given)
    return form_page(
        request,
        form,
        title=_("New send"),
        deed=lambda _data: write_send(facts=form.facts, words=form.words, actor=request.user),
        said=_("Saved. Look at it as members would get it, then start or plan it."),
        to=_page_of,
        template=FORM,
        back=reverse("campaigns:send_list"),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def send_edit(request: HttpRequest, pk: int) -> HttpResponse:
    send = access.send_for(request.user, pk, CHANGE)
    form = SendForm(_choices(request), request.POST or None, initial=_typed(send))
    return form_page(
        request,
        form,
        title=send.name,
        deed=lambda _data: rewrite_send(send_id=send.pk, facts=form.facts, words=form.words, actor=request.user),
        said=_("Saved."),
        to=_page_of,
        template=FORM,
        back=_page_of(send),
    )


def _from_library(request: HttpRequest) -> dict[str, object]:
    """The words of a wording of the library, to begin with."""
    number = request.GET.get("wording", "")
    template = wordings_for(request.user).filter(pk=number).first() if number.isdecimal() and len(number) < 18 else None
    newest = template.versions.order_by("-number").first() if template else None
    if newest is None:
        return {}
    names = ("subject", "body", "subject_en", "body_en", "provider_template")
    return {"name": template.name, "channel": template.channel} | {name: getattr(newest, name) for name in names}


def _typed(send: Send) -> dict[str, object]:
    names = ("name", "channel", "segment", "campaign", "store", "planned_at", "budget", "defers_capped")
    typed = {name: getattr(send, name) for name in names} | {"holdout": send.holdout_share // 100}
    for name in ("subject", "body", "subject_en", "body_en", "provider_template"):
        typed[name] = getattr(send.content, name) if send.content else ""
    return typed | {"body_b": send.content_b.body if send.content_b else ""}


@login_required
@require_safe
@needs(VIEW)
def send_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Before it starts: as three members would get it, and what the provider says. Then: how far it is."""
    user = request.user
    send = access.send_for(user, pk)
    waiting = send.state in BEFORE
    context = {
        "send": send,
        "progress": progress_of([send.pk])[send.pk],
        "cost": cost_of(send),
        "is_before": waiting,
        "previews": previews_of(send) if waiting else [],
        "findings": findings_of(send) if waiting else [],
        "needs_approval": waiting and needs_approval(send),
        "steps": pages.waterfall_of(send),
        "responses": None if waiting else pages.responses_of(send),
        "calls": calls_of(send),
        "said": said_by_provider(send),
        "links": [] if waiting else pages.links_of(send),
        "can_change": user.has_perm(CHANGE) and send.state in (State.DRAFT, State.SCHEDULED),
        "can_start": user.has_perm(START),
    }
    template = "campaigns/send_detail.html"
    return render(request, f"{template}#progress" if is_partial(request) else template, context)


@login_required
@require_safe
@needs(VIEW)
def recipient_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Everybody of a send, to be narrowed by what became of them."""
    user = request.user
    send = access.send_for(user, pk)
    return listing(
        request,
        SendRecipient.objects.filter(send_id=send.pk).select_related("member"),
        filterset=RecipientFilter,
        template="campaigns/send_recipients.html",
        orderings={"member": ("member_id",)},
        prepare=lambda rows: pages.with_members(user, rows),
        export=Export(f"send-{send.pk}", RECIPIENTS),
        context={"send": send, "can_resolve": user.has_perm(START)},
    )


@login_required
@require_safe
@needs(VIEW)
def send_why(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    """Why a member got a send, or did not."""
    send, person, recipient = access.recipient_for(request.user, pk, member)
    why, events = pages.story_of(send, recipient)
    (who,) = member_rows(request.user, [person])
    context = {
        "send": send, "who": who, "recipient": recipient, "why": why, "events": events,
        "got": shown_message(request.user, send, person, recipient),
        "failed": recipient is not None and recipient.state == SendRecipient.State.FAILED,
    }  # fmt: skip
    return render(request, "campaigns/send_why.html", context)
