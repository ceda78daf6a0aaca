"""Wishes at the associate's counter, one of them arrived, and two call lists half worked."""

from datetime import datetime, time, timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from callcenter.models import CallAttempt, CallList, CallListEntry
from callcenter.services import call_list_work as work
from callcenter.services.call_lists import ListFacts, add_to_call_list, make_call_list
from callcenter.services.counter import mark_wish_arrived, note_wish
from members.access import care_in_scope
from members.models import Member
from sales.models import MemberStat
from staff.models import User

Outcome = CallAttempt.Outcome
WISHES: Final = (("驼色羊毛大衣", "M"), ("羊绒围巾 酒红", ""), ("高腰阔腿裤 黑", "L"), ("真丝衬衫 米白", "S"))
SCRIPT: Final = (
    "{member}{title},您好,我是{store}的{agent}。\n本周末秋冬新款到店,三星以上会员享双倍积分。\n方便的话,您哪天下午过来看看?",
    "Hello {member}, this is {agent} from {store}.\nAutumn and winter styles arrive this weekend, with double points."
    "\nWhich afternoon would suit you?",
)
CARE: Final = (
    "{member}{title},您好,我是{store}的{agent}。\n想了解您上次购物是否满意,有什么我们可以改进的?",
    "Hello {member}, this is {agent} from {store}.\nWere you happy with your last purchase? What could we do better?",
)
RESULTS: Final = (
    (Outcome.VISIT, "周六下午来"), (Outcome.NO_ANSWER, ""), (Outcome.INTERESTED, "想看大衣"), (Outcome.DECLINED, ""),
    (Outcome.CALLBACK, "在开会"), (Outcome.BUSY, ""), (Outcome.APPOINTMENT, "周日三点,找刘倩"), (Outcome.NO_ANSWER, ""),
    (Outcome.NEVER, "请不要再打"), (Outcome.VISIT, "带女儿一起来"), (Outcome.WRONG, ""), (Outcome.INTERESTED, ""),
)  # fmt: skip


def build_counter(people: dict[str, User]) -> None:
    """Through the services the associate and the agents use."""
    associate = people["associate"]
    counter = associate.counters.get()
    mine = care_in_scope(associate).order_by("member_id").values_list("member_id", flat=True).distinct()
    for (what, size), member_id in zip(WISHES, mine[3 : 3 + len(WISHES)], strict=False):
        note_wish(member_id=member_id, counter=counter, what=what, size=size, actor=associate)
    arrived = note_wish(member_id=mine[0], counter=counter, what="短款羽绒服 雾蓝", size="M", actor=associate)
    mark_wish_arrived(wish_id=arrived.pk, actor=associate)
    long_away = MemberStat.objects.filter(last_bought_on__lt=timezone.localdate() - timedelta(days=60))
    _list("久未到店会员邀请", SCRIPT, CallList.Purpose.MARKETING, long_away, people, 12)
    lately = MemberStat.objects.filter(last_bought_on__gte=timezone.localdate() - timedelta(days=30))
    _list("购物满意度回访", CARE, CallList.Purpose.SURVEY, lately, people, 7)


def _list(
    name: str, words: tuple[str, str], purpose: str, stats: QuerySet[MemberStat], people: dict[str, User], worked: int
) -> None:
    today = timezone.localdate()
    facts = ListFacts(
        name=name, purpose=purpose, script=words[0], script_en=words[1], from_on=today - timedelta(days=3),
        until_on=today + timedelta(days=11), call_from=time(0, 0), call_until=time(23, 59),
        drops_buyers=purpose == CallList.Purpose.MARKETING,
    )  # fmt: skip
    made = make_call_list(facts=facts, owner=people["marketer"], actor=people["marketer"])
    chosen = Member.objects.filter(pk__in=stats.order_by("-spend_365").values("pk")[:60])
    add_to_call_list(list_id=made.pk, members=chosen, actor=people["marketer"])
    CallListEntry.objects.filter(call_list=made).update(added_at=timezone.now() - timedelta(days=3))
    tomorrow = timezone.make_aware(datetime.combine(today + timedelta(days=1), time(15)))
    for outcome, note in RESULTS[:worked]:
        entry = work.take_next(call_list=made, actor=people["agent"])
        if entry is None:
            return
        later = tomorrow if outcome == Outcome.CALLBACK else None
        result = work.Result(outcome, note=note, callback_at=later)
        work.note_outcome(entry_id=entry.pk, result=result, actor=people["agent"])
