"""Service packages: what members of a segment are entitled to at desk, phone and counter; each use with its cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import PackageUse, Segment, SegmentMember, ServicePackage
from campaigns.segment_exceptions import SegmentRefused
from members.locks import lock_member
from staff.audit import record
from staff.models import User
from stores.models import Store


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """What a package is: everything but the segments it is for."""

    name: str
    place: str
    unit_cost: Decimal
    name_en: str = ""
    words: str = ""
    per_year: int | None = None
    store: Store | None = None
    is_active: bool = True


@transaction.atomic
def make_package(*, facts: PackageFacts, segments: Iterable[Segment], actor: User | None) -> ServicePackage:
    """Make a package for the members of segments. Each call makes another one."""
    package = ServicePackage.objects.create(**_columns(facts))
    package.segments.set(segments)
    record(actor, "campaigns.package_made", package, store=package.store_id, unit_cost=package.unit_cost)
    return package


@transaction.atomic
def change_package(*, package_id: int, facts: PackageFacts, segments: Iterable[Segment], actor: User) -> ServicePackage:
    """Change a package; uses recorded before keep the cost they had. The same again changes nothing but the trail."""
    package = ServicePackage.objects.select_for_update(no_key=True).get(pk=package_id)
    columns = _columns(facts)
    for name, value in columns.items():
        setattr(package, name, value)
    package.save(update_fields=list(columns))
    package.segments.set(segments)
    record(actor, "campaigns.package_changed", package, store=package.store_id, unit_cost=package.unit_cost)
    return package


@transaction.atomic
def use_package(
    *, package_id: int, member_id: int, key: str, actor: User | None, store: Store | None = None, note: str = ""
) -> PackageUse:
    """Record that a member had a service. The same key again returns the use it recorded. A member who is in none of
    its segments refuses, and so does one who has had as many this year as the package gives."""
    if known := PackageUse.objects.filter(key=key).first():
        return known
    # The member's row orders two desks that hand out the last use at the same moment.
    lock_member(member_id)
    if known := PackageUse.objects.filter(key=key).first():
        return known
    package = ServicePackage.objects.get(pk=package_id)
    if not package.is_active:
        raise SegmentRefused(_("This service is no longer offered."))
    if not is_entitled(package, member_id):
        raise SegmentRefused(_("This member is not entitled to “%(name)s”.") % {"name": package.label})
    used = uses_this_year(package_id, member_id)
    if package.per_year is not None and used >= package.per_year:
        raise SegmentRefused(_("All %(n)s uses of this year are taken.") % {"n": package.per_year})
    use = PackageUse.objects.create(
        package=package, member_id=member_id, store=store or package.store, cost=package.unit_cost, note=note[:200],
        key=key[:80], recorded_by=actor,
    )  # fmt: skip
    record(
        actor, "campaigns.package_used", use, store=use.store_id, member=member_id, package=package_id, cost=use.cost
    )
    return use


def is_entitled(package: ServicePackage, member_id: int) -> bool:
    """Whether the member is now in a segment the package is for."""
    segments = package.segments.filter(state=Segment.State.ACTIVE).values("pk")
    return SegmentMember.objects.filter(segment__in=segments, member_id=member_id, is_in=True).exists()


def uses_this_year(package_id: int, member_id: int) -> int:
    """Uses since New Year."""
    new_year = timezone.localtime().replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    return PackageUse.objects.filter(Q(package_id=package_id), member_id=member_id, used_at__gte=new_year).count()


def _columns(facts: PackageFacts) -> dict[str, object]:
    if not facts.name.strip():
        raise SegmentRefused(_("Please give it a name."), fields={"name": True})
    if facts.unit_cost < 0:
        raise SegmentRefused(_("A use costs nothing or more."), fields={"unit_cost": True})
    return {name: getattr(facts, name) for name in PackageFacts.__dataclass_fields__}
