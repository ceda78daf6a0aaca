"""Filling in terms: a new contract, the draft of a version; promotion sheets; kinds of fees."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.forms import carried_out
from kit.lists import listing
from staff.access import needs, stores_for
from stores.models import Counter
from suppliers import access
from suppliers.forms.contracts import (
    FeeTypeForm,
    PromotionForm,
    TermsForm,
    initial_of,
    part_formsets,
    stores_and_counters,
    terms_input,
)
from suppliers.forms.lists import PromotionFilter
from suppliers.models import Contract, ContractVersion, FeeType
from suppliers.services.contracts import change_draft, draft_contract
from suppliers.services.fee_types import change_fee_type
from suppliers.services.promotions import draft_promotion, submit_promotion
from suppliers.views.answers import done, form_page

CHANGE = "suppliers.change_contract"
PROMOTE = "suppliers.change_promotion"


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def contract_new(request: HttpRequest) -> HttpResponse:
    places = stores_and_counters(stores_for(request.user).values("pk"))
    form = TermsForm(request.POST or None, with_head=True, initial=_asked(request), **places)
    formsets = part_formsets(request.POST or None, {})
    if form.is_valid() and all(one.is_valid() for one in formsets.values()):
        data = form.cleaned_data
        contract = carried_out(
            form,
            lambda: draft_contract(
                party=data["party"],
                store=data["store"],
                kind=data["kind"],
                starts_on=data["effective_on"],
                ends_on=data["ends_on"],
                counters=data["counters"],
                notice_months=data["notice_months"],
                terms=terms_input(form, formsets),
                actor=request.user,
            ),
        )
        if isinstance(contract, Contract):
            messages.success(request, _("%(number)s is drafted.") % {"number": contract.number})
            return redirect("suppliers:contract_detail", contract.pk)
    return _terms_page(request, form, formsets, _("New contract"))


def _asked(request: HttpRequest) -> dict[str, object]:
    party = request.GET.get("party", "")
    return {"party": int(party[:18])} if party.isdigit() else {}


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def version_edit(request: HttpRequest, pk: int) -> HttpResponse:
    version = access.version_for(request.user, pk, CHANGE)
    head, parts = initial_of(version)
    original = version.kind == ContractVersion.Kind.ORIGINAL
    counters = Counter.objects.filter(store=version.contract.store).select_related("store") if original else None
    form = TermsForm(request.POST or None, initial=head, counters=counters)
    formsets = part_formsets(request.POST or None, parts)
    if form.is_valid() and all(one.is_valid() for one in formsets.values()):
        data = form.cleaned_data
        changed = carried_out(
            form,
            lambda: change_draft(
                version_id=version.pk,
                terms=terms_input(form, formsets),
                effective_on=data["effective_on"],
                ends_on=data["ends_on"],
                counters=data.get("counters"),
                actor=request.user,
            ),
        )
        if changed:
            messages.success(request, _("The terms are saved."))
            return redirect("suppliers:contract_detail", version.contract_id)
    title = f"{version.contract.number} · {version.get_kind_display()}"
    return _terms_page(request, form, formsets, title, contract=version.contract)


def _terms_page(request: HttpRequest, form: TermsForm, formsets: dict, title: str, **context: object) -> HttpResponse:
    shown = {"form": form, "formsets": list(formsets.values()), "title": title, **context}
    return render(request, "suppliers/contract_form.html", shown, status=422 if form.is_bound else 200)


@login_required
@require_safe
@needs("suppliers.view_contract")
def promotion_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.promotions_for(request.user),
        filterset=PromotionFilter,
        template="suppliers/promotion_list.html",
        orderings={"newest": ("-from_on", "-pk"), "number": ("number",)},
    )


@login_required
@require_safe
@needs("suppliers.view_contract")
def promotion_detail(request: HttpRequest, pk: int) -> HttpResponse:
    sheet = access.promotion_for(request.user, pk)
    items = sheet.items.select_related("product", "category")[:200]
    return render(request, "suppliers/promotion_detail.html", {"sheet": sheet, "items": items})


@login_required
@require_http_methods(["GET", "POST"])
@needs(PROMOTE)
def promotion_new(request: HttpRequest, pk: int) -> HttpResponse:
    contract = access.contract_for(request.user, pk, PROMOTE)
    return form_page(
        request,
        PromotionForm(request.POST or None),
        title=_("Promotion under %(number)s") % {"number": contract.number},
        deed=lambda data: draft_promotion(
            contract_id=contract.pk,
            values={name: value for name, value in data.items() if name != "goods"},
            items=data["goods"],
            actor=request.user,
        ),
        said=_("The promotion sheet is drafted; submit it for approval."),
        to=lambda sheet: reverse("suppliers:promotion_detail", args=[sheet.pk]),
        back=reverse("suppliers:contract_detail", args=[contract.pk]),
    )


@login_required
@require_POST
@needs(PROMOTE)
def promotion_submit(request: HttpRequest, pk: int) -> HttpResponse:
    sheet = access.promotion_for(request.user, pk, PROMOTE)
    return done(
        request,
        lambda: submit_promotion(sheet_id=sheet.pk, actor=request.user),
        _("Submitted for approval."),
        reverse("suppliers:promotion_detail", args=[sheet.pk]),
    )


@login_required
@require_safe
@needs("suppliers.view_contract")
def fee_type_list(request: HttpRequest) -> HttpResponse:
    return render(request, "suppliers/fee_type_list.html", {"kinds": list(FeeType.objects.all())})


@login_required
@require_http_methods(["GET", "POST"])
@needs("suppliers.change_fee_type")
def fee_type_add(request: HttpRequest) -> HttpResponse:
    return form_page(
        request,
        FeeTypeForm(request.POST or None),
        title=_("New kind of fee"),
        deed=lambda data: change_fee_type(fee_type=FeeType(), values=data, actor=request.user),
        said=_("Saved."),
        to=reverse("suppliers:fee_type_list"),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs("suppliers.change_fee_type")
def fee_type_edit(request: HttpRequest, pk: int) -> HttpResponse:
    kind = access.fee_type_for(request.user, pk, "suppliers.change_fee_type")
    initial = {
        name: getattr(kind, name) for name in ("code", "name", "name_en", "nature", "tax", "vat_rate", "is_active")
    }
    return form_page(
        request,
        FeeTypeForm(request.POST or None, initial=initial),
        title=kind.label,
        deed=lambda data: change_fee_type(fee_type=kind, values=data, actor=request.user),
        said=_("Saved."),
        to=reverse("suppliers:fee_type_list"),
    )
