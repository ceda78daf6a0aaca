"""Two households of the demo: one that has used each other's points, and one that does not pool."""

from loyalty.models import Account
from loyalty.selectors.holdings import points_of
from loyalty.services.points import redeem_points
from members.models import Member
from members.services.households import change_household, found_household, join_household
from staff.models import User

SPENT_OF_OTHERS = 120


def build_households(people: dict[str, User]) -> None:
    """The richest two members with a child who has a few points; two others whose points stay apart."""
    clerk = people["clerk"]
    mother, father, *couple = _shoppers("-available")[:4]
    (child,) = _shoppers("available")[:1]
    family = found_household(member_id=mother.pk, name=_name(mother), agreed="家庭账户申请表 HA-0117", actor=clerk)
    join_household(
        household_id=family.pk, member_id=father.pk, role="adult", may_spend=True, monthly_limit=None,
        agreed="家庭账户申请表 HA-0118", actor=clerk,
    )  # fmt: skip
    join_household(
        household_id=family.pk, member_id=child.pk, role="child", may_spend=True, monthly_limit=500, agreed="",
        actor=clerk,
    )  # fmt: skip
    own = points_of(Account.objects.get(member=child)).available
    redeem_points(
        member_id=child.pk, points=own + SPENT_OF_OTHERS, key="demo-household", reason="儿童节礼品", actor=clerk,
        store_id=child.home_store_id,
    )  # fmt: skip
    first, second = couple
    apart = found_household(member_id=first.pk, name=_name(first), agreed="柜台当面同意", actor=clerk)
    join_household(
        household_id=apart.pk, member_id=second.pk, role="adult", may_spend=False, monthly_limit=None,
        agreed="柜台当面同意", actor=clerk,
    )  # fmt: skip
    change_household(household_id=apart.pk, name=apart.name, pools_points=False, actor=clerk)


def _shoppers(order: str) -> list[Member]:
    """People with points and no debts, by how many they have."""
    rich = Account.objects.filter(debt=0, held=0, available__gt=0, next_expiry_at__isnull=False)
    ids = list(
        rich.filter(member__kind=Member.Kind.INDIVIDUAL, member__merged_into__isnull=True, member__status="active")
        .exclude(member__name="")
        .order_by(order, "pk")
        .values_list("member_id", flat=True)[:5]
    )
    return sorted(Member.objects.filter(pk__in=ids), key=lambda member: ids.index(member.pk))


def _name(head: Member) -> str:
    return f"{head.name[:1]}家"
