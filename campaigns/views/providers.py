"""Providers of sends: what they demand, whether they can be reached, which one a channel takes."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import provider_access as access
from campaigns.forms.providers import ProviderForm
from campaigns.provider_access import MANAGE
from campaigns.providers.registry import why_out_of_reach
from campaigns.selectors.providers import provider_rows
from campaigns.services.callbacks import callback_addresses
from campaigns.services.provider_settings import set_up_provider, take_by_default
from kit.answers import done, form_page
from kit.lists import listing
from staff.access import needs


@login_required
@require_safe
@needs(MANAGE)
def provider_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.providers_for(request.user),
        template="campaigns/provider_list.html",
        orderings={"channel": ("channel", "-is_default", "-is_active", "pk")},
        prepare=provider_rows,
    )


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
