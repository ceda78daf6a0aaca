"""A segment and a service package for the walk over every page."""

from decimal import Decimal

from django.urls import reverse

from campaigns.services.packages import PackageFacts, make_package
from campaigns.tests.segment_factories import build, leaf
from members.models import Member
from staff.models import User
from stores.models import Store


def segment_objects(person: User, store: Store, member: Member) -> dict[str, object]:
    """One of each that a page of segments is about, by the beginning of its name."""
    segment = build(leaf("contact.allows_sms", "is_no"), name="女会员", store=store)
    package = make_package(
        facts=PackageFacts("停车", "desk", Decimal(15), store=store), segments=[segment], actor=person
    )
    return {"campaigns:segment": segment, "campaigns:package": package}


def segment_address(name: str, objects: dict[str, object]) -> str | None:
    """Addresses that name a member beside the segment or the package."""
    if name in ("campaigns:segment_unpin", "campaigns:package_use"):
        return reverse(name, args=[objects[name.rsplit("_", 1)[0]].pk, objects["members:"].pk])
    return None
