"""Providers of sends: what they demand, whether they can be reached, which one a channel takes."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import provider_access as access
from campaigns.forms.providers import ProviderForm
from campaigns.forms.sending import TakeOverForm
from campaigns.models import SendingDesk
from campaigns.provider_access import MANAGE, VIEW
from campaigns.providers.registry import why_out_of_reach
from campaigns.selectors.providers import provider_rows
from campaigns.services.callbacks import callback_addresses
from campaigns.services.installation import own_name, take_over_sending
from campaigns.services.provider_settings import set_up_provider, take_by_default
from kit.answers import done, form_page
from kit.lists import listing
from staff.access import needs


@login_required
@require_safe
@needs(VIEW)
def provider_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.providers_for(request.user),
        template="campaigns/provider_list.html",
        orderings={"channel": ("channel", "-is_default", "-is_active", "pk")},
        prepare=provider_rows,
        context={"can_change": request.user.has_perm(MANAGE)},
    )


@login_required
@require_safe
@needs(VIEW)
def provider_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One provider for whoever writes to members: what it demands of a text, when it is open, what it costs."""
    provider = access.provider_for(request.user, pk, VIEW)
    context = {
        "provider": provider,
        "out_of_reach": why_out_of_reach(provider),
        "any_hour": provider.window_from == provider.window_until,
        "can_change": request.user.has_perm(MANAGE),
    }
    return render(request, "campaigns/provider_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@needs(MANAGE)
def provider_edit(request: HttpRequest, pk: int) -> HttpResponse:
    provider = access.provider_for(request.user, pk)
    form = ProviderForm(provider, request.POST or None)
    return form_page(
        request,
        form,
        title=provider.label,
        deed=lambda _data: set_up_provider(provider_id=provider.pk, facts=form.facts, actor=request.user),
        said=_("Saved."),
        to=reverse("campaigns:provider_list"),
        template="campaigns/provider_form.html",
        provider=provider,
        addresses=callback_addresses(provider),
        out_of_reach=why_out_of_reach(provider),
    )


@login_required
@require_POST
@needs(MANAGE)
def provider_take(request: HttpRequest, pk: int) -> HttpResponse:
    provider = access.provider_for(request.user, pk)
    said = _("From now on new sends take “%(name)s”.") % {"name": provider.label}
    deed = lambda: take_by_default(provider_id=provider.pk, actor=request.user)  # noqa: E731
    return done(request, deed, said, reverse("campaigns:provider_list"))


@login_required
@require_http_methods(["GET", "POST"])
@needs(VIEW)
def installation(request: HttpRequest) -> HttpResponse:
    """Which installation sends from this database; whoever sets up providers may let this one do it."""
    user = request.user
    if request.method == "POST":
        access.require_managing(user)
    desk = SendingDesk.objects.filter(pk=1).first()
    own = own_name()
    return form_page(
        request,
        TakeOverForm(request.POST or None),
        title=_("Which installation sends"),
        deed=lambda data: take_over_sending(actor=user, reason=data["reason"]),
        said=_("This installation sends from now on."),
        to=reverse("campaigns:installation"),
        template="campaigns/installation.html",
        desk=desk,
        own=own,
        sends_here=desk is not None and desk.installation == own,
        may_take=user.has_perm(MANAGE),
    )
