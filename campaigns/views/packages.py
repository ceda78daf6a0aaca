"""Service packages: the list with use and cost, made and changed, used at the desk."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import segment_access as access
from campaigns.forms.segments import PackageForm
from campaigns.models import ServicePackage
from campaigns.segment_access import CHANGE, HAND_OUT, VIEW
from campaigns.selectors import segment_pages as pages
from campaigns.services import packages as services
from campaigns.services.packages import PackageFacts
from kit.answers import done, form_page
from kit.lists import listing
from members.access import member_for
from staff.access import needs, stores_for

FORM = "campaigns/segment_form.html"


@login_required
@require_safe
@needs(VIEW)
def package_list(request: HttpRequest) -> HttpResponse:
    """Packages with how often they were used in 365 days and what that cost."""
    return listing(
        request,
        access.packages_for(request.user),
        template="campaigns/package_list.html",
        orderings={"place": ("place", "name", "pk"), "name": ("name", "pk")},
        prepare=pages.with_use,
        per_page=25,
        context={"can_change": request.user.has_perm(CHANGE)},
    )


@login_required
@require_safe
@needs(VIEW)
def package_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One package: whom it is for, who had it."""
    package = access.package_for(request.user, pk)
    (row,) = pages.with_use([package])
    context = {"row": row, "package": package, "uses": pages.uses_of(request.user, package)}
    return render(request, "campaigns/package_detail.html", context | {"can_change": request.user.has_perm(CHANGE)})


def _facts(data: dict[str, object]) -> PackageFacts:
    return PackageFacts(**{name: data[name] for name in PackageFacts.__dataclass_fields__})


def _page(package: ServicePackage) -> str:
    return reverse("campaigns:package_detail", args=[package.pk])


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def package_new(request: HttpRequest) -> HttpResponse:
    return form_page(
        request,
        PackageForm(request.user, request.POST or None),
        title=_("New service package"),
        deed=lambda data: services.make_package(facts=_facts(data), segments=data["segments"], actor=request.user),
        said=_("The package is made."),
        to=_page,
        template=FORM,
        back=reverse("campaigns:package_list"),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def package_edit(request: HttpRequest, pk: int) -> HttpResponse:
    package = access.package_for(request.user, pk, CHANGE)
    names = [name for name in PackageForm.base_fields if name != "segments"]
    initial = {name: getattr(package, name) for name in names} | {"segments": package.segments.all()}
    return form_page(
        request,
        PackageForm(request.user, request.POST or None, initial=initial),
        title=package.label,
        deed=lambda data: services.change_package(
            package_id=package.pk, facts=_facts(data), segments=data["segments"], actor=request.user
        ),
        said=_("Saved."),
        to=_page,
        template=FORM,
        back=_page(package),
    )


@login_required
@require_POST
@needs(HAND_OUT)
def package_use(request: HttpRequest, pk: int, member_id: int) -> HttpResponse:
    """A member had a service: recorded once, however often the button is pressed."""
    package = access.package_for(request.user, pk, HAND_OUT)
    member = member_for(request.user, member_id)
    stores = list(stores_for(request.user).order_by("pk")[:2])
    return done(
        request,
        lambda: services.use_package(
            package_id=package.pk,
            member_id=member.pk,
            # Each page gives its buttons keys of their own; without one, a minute holds one use.
            key=request.POST.get("key", "")[:80] or f"{package.pk}:{member.pk}:{timezone.now():%Y%m%d%H%M}",
            actor=request.user,
            store=stores[0] if len(stores) == 1 else None,
        ),
        _("Recorded: %(name)s.") % {"name": package.label},
        reverse("members:member_detail", args=[member.pk]),
    )
