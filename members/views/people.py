"""The list, the search, the member's own page, and changing what a member is."""

from django.contrib.auth.decorators import login_required
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit import panels, phones
from kit.htmx import is_partial
from kit.lists import Export, listing
from kit.workbooks import Column
from members import access, selectors
from members.filters import MemberFilter
from members.forms.people import CategoryForm, MemberForm, ReasonForm
from members.models import Member, MemberPhone
from members.selectors.page import member_page
from members.services import editing
from members.views.answers import done, form_page
from staff.access import needs, require

_PHONE = Column(lazy("Phone"), lambda member: phones.mask(member.main_phone))
_CLEAR_PHONE = Column(lazy("Phone"), lambda member: phones.national(member.main_phone) if member.main_phone else "")
_COLUMNS = [
    Column(lazy("Member number"), "member_no"),
    Column(lazy("Name"), "display_name"),
    _PHONE,
    Column(lazy("Gender"), lambda member: member.get_gender_display()),
    Column(lazy("Category"), lambda member: member.get_category_display()),
    Column(lazy("Status"), lambda member: member.get_status_display()),
    Column(lazy("Home store"), lambda member: member.home_store.label if member.home_store else ""),
    Column(lazy("Enrolled on"), "enrolled_on"),
    Column(lazy("SMS allowed"), lambda member: _("yes") if member.allows_sms else _("no")),
    Column(lazy("Calls allowed"), lambda member: _("yes") if member.allows_phone else _("no")),
]
EXPORT = Export(
    "members",
    _COLUMNS,
    clear_columns=[_CLEAR_PHONE if column is _PHONE else column for column in _COLUMNS],
    clear_permission="members.export_unmasked",
)


@login_required
@require_safe
@needs("members.view_member")
def member_list(request: HttpRequest) -> HttpResponse:
    user = request.user
    main_phone = MemberPhone.objects.filter(member=OuterRef("pk"), is_primary=True).values("e164")[:1]
    members = access.members_visible(user).select_related("home_store")
    if request.GET.get("export"):
        members = members.annotate(main_phone=Subquery(main_phone))
    return listing(
        request,
        members,
        filterset=MemberFilter,
        template="members/member_list.html",
        # Only what an index gives in order: anything else would sort a million rows.
        orderings={"newest": ("-enrolled_on", "-pk")},
        export=EXPORT if user.has_perm("members.export_member") else None,
        prepare=lambda rows: selectors.member_rows(user, rows),
        context={"can_enrol": user.has_perm("members.enrol_member"), "own": user.has_perm("members.view_care")},
    )


@login_required
@require_safe
@needs("members.view_member")
def member_search(request: HttpRequest) -> HttpResponse:
    """All that was found for a text; a single hit opens at once."""
    text = request.GET.get("q", "")[:100].strip()
    found = selectors.search(text, request.user) if text else []
    if len(found) == 1 and not is_partial(request):
        return redirect("members:member_detail", found[0].pk)
    context = {
        "found": found,
        "text": text,
        "search_text": text,
        "can_enrol": request.user.has_perm("members.enrol_member"),
        "looks_like_phone": text.replace(" ", "").isdigit() and len(text.replace(" ", "")) == 11,
    }
    return render(request, "members/member_search.html", context)


@login_required
@require_safe
@needs("members.view_member")
def desk(request: HttpRequest) -> HttpResponse:
    """Where a clerk's day begins: find, enrol, who came lately."""
    user = request.user
    newest = list(access.members_visible(user).select_related("home_store").order_by("-enrolled_on", "-pk")[:8])
    context = {
        "newest": selectors.member_rows(user, newest),
        "tiles": panels.tiles(request),
        "today": timezone.localdate(),
        "can_enrol": user.has_perm("members.enrol_member"),
        "can_note": user.has_perm("members.change_contact"),
    }
    return render(request, "members/member_desk.html", context)


@login_required
@require_safe
@needs("members.view_member")
def member_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The member's page; that of a merged one leads to the winner's."""
    member = access.member_for(request.user, pk)
    if member.is_merged:
        return redirect("members:member_detail", member.merged_into_id, permanent=False)
    return render(request, "members/member_detail.html", member_page(request.user, member))


@login_required
@require_http_methods(["GET", "POST"])
def member_edit(request: HttpRequest, pk: int) -> HttpResponse:
    member = access.member_for(request.user, pk, "members.change_member")
    form = MemberForm(request.POST or None, initial=MemberForm.values_of(member))
    return form_page(
        request,
        form,
        member=member,
        title=_("Edit details"),
        deed=lambda data: editing.edit_member(member_id=member.pk, actor=request.user, **form.details()),
        said=_("Saved."),
    )


@login_required
@require_http_methods(["GET", "POST"])
def member_categorise(request: HttpRequest, pk: int) -> HttpResponse:
    member = access.member_for(request.user, pk, "members.categorise_member")
    return form_page(
        request,
        CategoryForm(request.POST or None, initial={"category": member.category}),
        member=member,
        title=_("Change category"),
        deed=lambda data: editing.categorise_member(member_id=member.pk, category=data["category"], actor=request.user),
        said=_("Saved."),
    )


@login_required
@require_http_methods(["GET", "POST"])
def member_freeze(request: HttpRequest, pk: int) -> HttpResponse:
    member = access.member_for(request.user, pk, "members.close_member")
    return form_page(
        request,
        ReasonForm(request.POST or None),
        member=member,
        title=_("Freeze member"),
        lead=_("Nothing is earned or redeemed until the member is reactivated."),
        deed=lambda data: editing.freeze_member(member_id=member.pk, reason=data["reason"], actor=request.user),
        said=_("The member is frozen."),
    )


@login_required
@require_http_methods(["GET", "POST"])
def member_close(request: HttpRequest, pk: int) -> HttpResponse:
    member = access.member_for(request.user, pk, "members.close_member")
    return form_page(
        request,
        ReasonForm(request.POST or None),
        member=member,
        title=_("Close membership"),
        lead=_("The member leaves the programme; what happened stays on record."),
        deed=lambda data: editing.close_member(member_id=member.pk, reason=data["reason"], actor=request.user),
        said=_("The membership is closed."),
    )


@login_required
@require_POST
def member_reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    member = access.member_for(request.user, pk, "members.close_member")
    return done(
        request,
        member.pk,
        lambda: editing.reactivate_member(member_id=member.pk, reason="", actor=request.user),
        _("The member takes part again."),
    )


for _slot in ("member.head", "member.main", "member.side", "member.urgent"):

    @panels.subject(_slot)
    def _panel_subject(request: HttpRequest, pk: int) -> Member:
        """A late panel finds its member through the same door as the page."""
        require(request.user, "members.view_member")
        member = access.member_for(request.user, pk)
        access.require_scope(request.user, member)
        return member
