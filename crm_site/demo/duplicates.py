"""People who were enrolled twice: one at another store with the same phone, one under a like-sounding name."""

from crm_site.demo.members import HEROINE_PHONE
from crm_site.demo.places import Places
from members.models import Member
from members.services.bulk import NewMember, enrol_members_bulk
from members.services.duplicates import scan_for_duplicates

TWICE = 4


def build_duplicates(places: Places) -> None:
    """A few second entries, found by the scan."""
    people = Member.objects.filter(kind=Member.Kind.INDIVIDUAL).exclude(name="").prefetch_related("phones")
    elder = people.exclude(phones__e164=HEROINE_PHONE).order_by("pk")[40 : 40 + TWICE]
    again = [
        NewMember(
            name=member.name,
            phones=[phone.e164 for phone in member.phones.all()[:1]],
            store_id=places.stores[place % len(places.stores)].pk,
            gender=member.gender,
        )
        for place, member in enumerate(elder)
    ]
    enrol_members_bulk(again, actor=None, source="desk")
    scan_for_duplicates()
