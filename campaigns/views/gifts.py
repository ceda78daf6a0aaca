"""Gifts of a campaign: stock, hand-outs, and the button at the desk. Costs entered by hand stand beside."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import campaign_access as access
from campaigns.campaign_access import CHANGE, HAND_OUT, VIEW
from campaigns.campaign_filters import HandoutFilter
from campaigns.forms.gifts import CountForm, HandOutForm, StockForm
from campaigns.forms.projects import CostForm, ReasonForm
from campaigns.models import Campaign
from campaigns.selectors import gifts as reads
from campaigns.services import cost_entries
from campaigns.services import gifts as services
from kit.answers import done, form_page
from kit.errors import NotFound
from kit.lists import Export, listing
from kit.uploads import served
from kit.workbooks import Column
from members.access import member_for, require_scope
from sales.selectors.receipts import member_names
from staff.access import needs

FORM = "campaigns/campaign_form_page.html"
EXPORT = Export(
    "gifts",
    [
        Column(lazy("Handed out at"), "handed_at", 18),
        Column(lazy("Gift"), lambda row: row.offer.label, 24),
        Column(lazy("Member number"), lambda row: row.member.member_no, 16),
        Column(lazy("Store"), lambda row: row.store.label, 18),
        Column(lazy("Cost"), "unit_cost", 10),
        Column(lazy("State"), lambda row: row.get_state_display(), 14),
        Column(lazy("Reason"), "reason", 30),
    ],
)


def _stock_page(campaign: Campaign) -> str:
    return reverse("campaigns:gift_list", args=[campaign.pk])


@login_required
@require_safe
@needs(VIEW)
def gift_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The stock of each gift in each store."""
    campaign = access.campaign_for(request.user, pk)
    context = {
        "campaign": campaign,
        "rows": reads.stocks_of(campaign),
        "moves": reads.moves_of(campaign),
        "may_change": access.may_change(request.user, campaign),
    }
    return render(request, "campaigns/gift_list.html", context)


def _stock_form(
    request: HttpRequest, pk: int, form_class: type[StockForm], title: str, button: str, deed
) -> HttpResponse:
    gift = access.gift_for(request.user, pk, CHANGE)
    stores = access.desk_stores(request.user, gift.campaign)
    return form_page(
        request,
        form_class(stores, request.POST or None, button=button),
        title=title % {"gift": gift.label},
        deed=lambda data: deed(gift, data),
        said=_("The stock is changed."),
        to=_stock_page(gift.campaign),
        template=FORM,
        back=_stock_page(gift.campaign),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def gift_deliver(request: HttpRequest, pk: int) -> HttpResponse:
    return _stock_form(
        request, pk, StockForm, _("%(gift)s delivered"), _("Add"),
        lambda gift, data: services.deliver_gifts(
            offer_id=gift.pk, store_id=data["store"].pk, quantity=data["quantity"], note=data["note"], actor=request.user
        ),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def gift_send_away(request: HttpRequest, pk: int) -> HttpResponse:
    return _stock_form(
        request, pk, StockForm, _("%(gift)s sent away"), _("Take out"),
        lambda gift, data: services.send_gifts_away(
            offer_id=gift.pk, store_id=data["store"].pk, quantity=data["quantity"], note=data["note"], actor=request.user
        ),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def gift_count(request: HttpRequest, pk: int) -> HttpResponse:
    return _stock_form(
        request, pk, CountForm, _("%(gift)s counted"), _("Save"),
        lambda gift, data: services.count_gifts(
            offer_id=gift.pk, store_id=data["store"].pk, counted=data["quantity"], note=data["note"], actor=request.user
        ),
    )  # fmt: skip


@login_required
@require_safe
@needs(VIEW, HAND_OUT)
def handout_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The gifts handed out, in the stores in scope."""
    campaign = access.campaign_for(request.user, pk, VIEW if request.user.has_perm(VIEW) else HAND_OUT)

    def dressed(rows: list) -> list:
        names = member_names(request.user, [row.member for row in rows])
        for row in rows:
            row.member_name = names[row.member_id]
        return rows

    return listing(
        request,
        access.handouts_for(request.user, campaign).select_related("offer", "member__home_store", "store", "handed_by"),
        filterset=HandoutFilter,
        template="campaigns/handout_list.html",
        orderings={"newest": ("-handed_at", "-pk")},
        prepare=dressed,
        export=EXPORT,
        context={"campaign": campaign, "can_take_back": request.user.has_perm(HAND_OUT)},
    )


@login_required
@require_POST
@needs(HAND_OUT)
def gift_hand_out(request: HttpRequest, pk: int, member_id: int) -> HttpResponse:
    """One press at the desk: the gift is the member's."""
    gift = access.gift_for(request.user, pk)
    member = member_for(request.user, member_id)
    require_scope(request.user, member)
    form = HandOutForm(access.desk_stores(request.user, gift.campaign), request.POST)
    to = reverse("members:member_detail", args=[member.pk])
    if not form.is_valid():
        messages.error(request, _("Choose a store of yours that takes part."))
        return redirect(to)
    store = form.cleaned_data["store"]
    return done(
        request,
        lambda: services.hand_out_gift(offer_id=gift.pk, member_id=member.pk, store_id=store.pk, actor=request.user),
        _("Handed out: %(gift)s") % {"gift": gift.label},
        to,
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(HAND_OUT)
def handout_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """The same day, with a reason."""
    handout = access.handout_for(request.user, pk)
    to = reverse("members:member_detail", args=[handout.member_id])
    return form_page(
        request,
        ReasonForm(request.POST or None, button=_("Take it back")),
        title=_("Take back: %(gift)s") % {"gift": handout.offer.label},
        deed=lambda data: services.take_gift_back(handout_id=handout.pk, actor=request.user, **data),
        said=_("Taken back; the piece is in stock again."),
        to=to,
        template=FORM,
        back=to,
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def cost_enter(request: HttpRequest, pk: int) -> HttpResponse:
    """A cost with its document."""
    campaign = access.campaign_for(request.user, pk, CHANGE)
    to = reverse("campaigns:cost_list", args=[campaign.pk])
    return form_page(
        request,
        CostForm(request.POST or None, request.FILES or None),
        title=_("Cost of %(name)s") % {"name": campaign.label},
        lead=_("Gifts, coupons, points, messages and staff hours are counted by themselves."),
        deed=lambda data: cost_entries.enter_cost(campaign_id=campaign.pk, actor=request.user, **data),
        said=_("Entered."),
        to=to,
        template=FORM,
        back=to,
    )


@login_required
@require_safe
@needs(VIEW)
def cost_list(request: HttpRequest, pk: int) -> HttpResponse:
    """What was entered by hand, with its papers."""
    campaign = access.campaign_for(request.user, pk)
    context = {
        "campaign": campaign,
        "entries": list(campaign.costs.select_related("entered_by", "undone_by").order_by("-pk")[:300]),
        "may_change": access.may_change(request.user, campaign),
    }
    return render(request, "campaigns/cost_list.html", context)


@login_required
@require_POST
@needs(CHANGE)
def cost_undo(request: HttpRequest, pk: int) -> HttpResponse:
    entry = access.cost_for(request.user, pk, CHANGE)
    to = reverse("campaigns:cost_list", args=[entry.campaign_id])
    return done(
        request,
        lambda: cost_entries.undo_cost(entry_id=entry.pk, actor=request.user),
        _("The entry is taken back."),
        to,
    )


@login_required
@require_safe
@needs(VIEW)
def cost_file(request: HttpRequest, pk: int) -> HttpResponse:
    entry = access.cost_for(request.user, pk)
    if not entry.file:
        raise NotFound(_("There is no paper to this cost."))
    return served(entry.file, entry.file_name)
