"""Members for tests, one plain function each."""

from itertools import count

from members.models import AuthorisedBuyer, Contact, Member, MemberCard, MemberCare, MemberPhone
from members.services.numbering import card_number
from members.services.search_rows import write_search_row
from staff.models import User
from stores.models import Store
from stores.tests.factories import make_store

_numbers = count(1)


def make_member(
    *, name: str = "张晓敏", phone: str | None = "", store: Store | None = None, card: bool = True, **fields: object
) -> Member:
    """A member with a phone (`phone=None` for none), a card and a search row."""
    n = next(_numbers)
    fields.setdefault("member_no", f"T{n:08d}")
    member = Member.objects.create(name=name, home_store=store, **fields)
    if phone is not None:
        e164 = phone or f"+86139{n:08d}"
        MemberPhone.objects.create(member=member, e164=e164, tail=e164[-4:], is_primary=True)
    if card:
        MemberCard.objects.create(member=member, number=card_number(90_000_000_000 + n))
    write_search_row(member)
    return member


def make_group(*, name: str = "海天商贸有限公司", **fields: object) -> Member:
    return make_member(name=name, kind=Member.Kind.GROUP, category=Member.Category.GROUP, **fields)


def make_buyer(group: Member | None = None, *, name: str = "李采购") -> AuthorisedBuyer:
    return AuthorisedBuyer.objects.create(group=group or make_group(), name=name)


def make_contact(store: Store | None = None, **fields: object) -> Contact:
    return Contact.objects.create(store=store or make_store(), **{"name": "路人甲", **fields})


def make_care(member: Member, associate: User, **fields: object) -> MemberCare:
    return MemberCare.objects.create(member=member, associate=associate, **fields)
