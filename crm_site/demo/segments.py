"""Ten segments a department store of Qingdao works with, computed; what their members are offered, and some of its use."""

import random
from decimal import Decimal
from typing import Any, Final

from campaigns.models import Segment, SegmentMember, ServicePackage
from campaigns.services.packages import PackageFacts, make_package, use_package
from campaigns.services.segment_builds import rebuild_segment
from campaigns.services.segment_sample import draw_sample
from campaigns.services.segments import make_segment, pin_member
from loyalty.models import Tier
from members.models import Member
from staff.models import User
from stores.models import Category

Leaf = dict[str, Any]


def _leaf(field: str, test: str, value: Any = None, **more: Any) -> Leaf:
    return {"field": field, "test": test, "value": value, **more}


def _any(*rules: Leaf) -> Leaf:
    return {"op": "any", "rules": list(rules)}


def _none(*rules: Leaf) -> Leaf:
    return {"op": "none", "rules": list(rules)}


def _bought(test: str = "did", **value: Any) -> Leaf:
    return _leaf("did.bought", test, value)


def _rules() -> list[tuple[str, str, str, list[Leaf]]]:
    kinds = {one.code: str(one.pk) for one in Category.objects.all()}
    stars = sorted({str(rank) for rank in Tier.objects.filter(rank__gte=3).values_list("rank", flat=True)})
    beauty = {"categories": [kinds["beauty"], kinds["fragrance"]]}
    lately = {"window": "last_days", "days": 180}
    return [
        ("高价值会员", "Best customers", "年消费八千以上,重点维护", [_leaf("stat.spend_365", "at_least", "8000")]),
        ("沉睡会员", "Asleep", "半年未到店,过去买得不少", [
            _leaf("stat.last_visit_on", "before_last", 180), _leaf("stat.receipts_life", "at_least", "3"),
        ]),
        ("近期生日", "Birthday soon", "两周内生日,含农历", [_leaf("member.birthday", "in_next", 14), _leaf("contact.allows_sms", "is_yes")]),
        ("美妆常客", "Beauty regulars", "半年内买过至少两次美妆", [_bought(**beauty, **lately, number="2")]),
        ("童装家庭", "Families", "买童装或登记了孩子生日", [
            _any(_bought(categories=[kinds["kids"], kinds["toys"]], window="last_days", days=365), _leaf("fact.child_born_on", "until", "2030-01-01")),
        ]),
        ("新会员未二次消费", "New, bought once", "入会九十天内只买过一次", [
            _leaf("member.enrolled_on", "in_last", 90), _leaf("stat.receipts_life", "at_most", "1", or_unknown=True),
        ]),
        ("三星以上会员", "Three stars and more", "贵宾服务对象", [_leaf("loyalty.star", "is_one_of", stars or ["0"])]),
        ("折扣型会员", "Discount hunters", "七成以上在打折时买", [
            _leaf("stat.discount_share", "at_least", "70"), _leaf("stat.receipts_365", "at_least", "3"),
        ]),
        ("退货偏多", "Return a lot", "一年内退货三次以上", [_leaf("did.returned", "did", {"number": "3", "window": "last_days", "days": 365})]),
    ]  # fmt: skip


PACKAGES: Final = (
    ("贵宾停车三小时", "Three hours of parking", ServicePackage.Place.DESK, "凭会员卡在会员中心登记车牌", "15.00", 52, "三星以上会员"),
    ("免费改衣", "Free alterations", ServicePackage.Place.COUNTER, "裤长、袖长,两件以内", "30.00", 6, "三星以上会员"),
    ("专线优先接听", "Answered first", ServicePackage.Place.PHONE, "来电优先转资深坐席", "2.00", None, "高价值会员"),
    ("生日下午茶", "Birthday tea", ServicePackage.Place.DESK, "六楼餐厅双人下午茶", "68.00", 1, "近期生日"),
)  # fmt: skip


def build_segments(people: dict[str, User]) -> None:
    """Through the services marketers use."""
    marketer, rng = people["marketer"], random.Random(20261121)  # noqa: S311 - the fixed seed is the point
    made: dict[str, Segment] = {}
    for name, name_en, words, rules in _rules():
        made[name] = _made(name, name_en, words, rules, marketer)
    awake = [
        _leaf("segment.member", "is_one_of", [str(made["高价值会员"].pk)]),
        _leaf("contact.allows_sms", "is_yes"),
        _none(_leaf("segment.member", "is_one_of", [str(made["退货偏多"].pk)])),
    ]
    made["秋冬新品邀请"] = _made(
        "秋冬新品邀请", "Invited to the new season", "可发短信的高价值会员,退货偏多的除外", awake, marketer
    )
    friend = Member.objects.filter(status=Member.Status.ACTIVE, merged_into=None).earliest("pk")
    pin_member(segment_id=made["高价值会员"].pk, member_id=friend.pk, pin=1, reason="集团老客户的家人", actor=marketer)
    for name, name_en, place, words, cost, per_year, of in PACKAGES:
        facts = PackageFacts(name, place, Decimal(cost), name_en, words, per_year)
        package = make_package(facts=facts, segments=[made[of]], actor=marketer)
        mine = SegmentMember.objects.filter(segment=made[of], is_in=True).order_by("member_id")
        ids = list(mine.values_list("member_id", flat=True)[:200])
        for pk in rng.sample(ids, min(12, len(ids))):
            clerk = people["clerk"]
            use_package(
                package_id=package.pk,
                member_id=pk,
                key=f"demo:{package.pk}:{pk}",
                actor=clerk,
                store=clerk.stores.first(),
            )
    draw_sample()


def _made(name: str, name_en: str, words: str, rules: list[Leaf], actor: User) -> Segment:
    segment = make_segment(
        name=name, name_en=name_en, description=words, rule={"version": 1, "op": "all", "rules": rules}, actor=actor
    )
    rebuild_segment(segment_id=segment.pk)
    return segment
