"""Who looks after whom; an associate's own customers; companies' people."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.lists import listing
from members import access, selectors
from members.forms.belongings import BuyerForm, CareForm, DiscountForm, GroupContactForm
from members.models import Member
from members.services import care, groups
from members.views.answers import done, form_page
from staff.access import needs

GROUP = "members.change_group"


@login_required
@require_safe
@needs("members.view_care")
def care_list(request: HttpRequest) -> HttpResponse:
    """My customers: whom I, or my counter, look after today; birthdays first."""
    user = request.user
    members = Member.objects.filter(
        merged_into__isnull=True, pk__in=access.care_in_scope(user).values("member_id")
    ).select_related("home_store")
    birthdays = {}

    def prepare(rows: list[Member]) -> list[selectors.MemberRow]:
        birthdays.update({row.pk: row.next_birthday_on for row in rows})
        return selectors.member_rows(user, rows)

    return listing(
        request,
        members,
        template="members/care_list.html",
        orderings={"birthday": ("next_birthday_on", "pk"), "newest": ("-enrolled_on", "-pk")},
        prepare=prepare,
        context={"birthdays": birthdays, "today": timezone.localdate()},
    )


@login_required
@require_http_methods(["GET", "POST"])
def care_assign(request: HttpRequest, pk: int) -> HttpResponse:
    member = access.member_for(request.user, pk, "members.assign_care")
    return form_page(
        request,
        CareForm(request.user, request.POST or None),
        member=member,
        title=_("Who looks after this member?"),
        deed=lambda data: care.assign_care(member_id=member.pk, actor=request.user, **data),
        said=_("Assigned."),
    )


@login_required
@require_POST
def care_end(request: HttpRequest, pk: int) -> HttpResponse:
    row = access.care_for(request.user, pk, "members.assign_care")
    deed = lambda: care.end_care(care_id=row.pk, actor=request.user)  # noqa: E731
    return done(request, row.member_id, deed, _("The assignment ends today."))


# Companies ---------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def group_contact_add(request: HttpRequest, pk: int) -> HttpResponse:
    group = access.member_for(request.user, pk, GROUP)
    return form_page(
        request,
        GroupContactForm(request.POST or None),
        member=group,
        title=_("Add a contact of the company"),
        deed=lambda data: groups.add_group_contact(group_id=group.pk, actor=request.user, **data),
        said=_("The contact is saved."),
    )


@login_required
@require_POST
def group_contact_retire(request: HttpRequest, pk: int) -> HttpResponse:
    contact = access.group_contact_for(request.user, pk, GROUP)
    deed = lambda: groups.retire_group_contact(contact_id=contact.pk, actor=request.user)  # noqa: E731
    return done(request, contact.group_id, deed, _("The contact is retired."))


@login_required
@require_http_methods(["GET", "POST"])
def buyer_add(request: HttpRequest, pk: int) -> HttpResponse:
    group = access.member_for(request.user, pk, GROUP)
    return form_page(
        request,
        BuyerForm(request.POST or None),
        member=group,
        title=_("Authorise a buyer"),
        lead=_("The buyer gets a card of their own; what is bought with it counts for the company."),
        deed=lambda data: groups.add_buyer(group_id=group.pk, actor=request.user, **data),
        said=_("The buyer is authorised and has a card."),
    )


@login_required
@require_POST
def buyer_retire(request: HttpRequest, pk: int) -> HttpResponse:
    buyer = access.buyer_for(request.user, pk, GROUP)
    deed = lambda: groups.retire_buyer(buyer_id=buyer.pk, actor=request.user)  # noqa: E731
    return done(request, buyer.group_id, deed, _("The authority is withdrawn and the cards are closed."))


@login_required
@require_http_methods(["GET", "POST"])
def discount_agree(request: HttpRequest, pk: int) -> HttpResponse:
    group = access.member_for(request.user, pk, GROUP)
    return form_page(
        request,
        DiscountForm(request.POST or None, initial={"discount": group.agreed_discount}),
        member=group,
        title=_("Agreed discount"),
        deed=lambda data: groups.agree_discount(group_id=group.pk, discount=data["discount"], actor=request.user),
        said=_("Saved."),
    )
