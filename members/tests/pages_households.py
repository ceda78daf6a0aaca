"""A household, for tests that open every page."""

from django.urls import reverse

from members.models import Member
from members.services.households import found_household, join_household
from members.tests.factories import make_member
from staff.models import User


def household_objects(person: User, member: Member) -> dict[str, object]:
    """By the beginning of the name of the page: the object it is about; the member founds, somebody joins."""
    household = found_household(member_id=member.pk, name="张家", agreed="表单 17", actor=person)
    other = make_member(name="张小宝", store=member.home_store)
    place = join_household(
        household_id=household.pk, member_id=other.pk, role="child", may_spend=True, monthly_limit=500, agreed="",
        actor=person,
    )  # fmt: skip
    return {
        "members:household_": household,
        "members:household_found": member,
        "members:household_leave": place,
        "members:household_spending": place,
    }


def household_address(name: str, objects: dict[str, object]) -> str:
    """The URL of a page that needs more than a number; "" for the others."""
    if name == "members:household_join":
        return reverse(name, args=[objects["members:household_"].pk, objects["members:"].pk])
    return ""
