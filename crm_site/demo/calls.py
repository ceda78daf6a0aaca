"""Two phone systems, where the agent sits, and the calls of the last days, some of them missed."""

import random
from datetime import datetime, timedelta

from django.utils import timezone

from callcenter.models import Call, PhoneSystem
from callcenter.services.phone_systems import create_system, take_line
from members.models import Member, MemberPhone
from staff.models import User

QUEUES = ("会员专线", "金卡专线", "投诉专线")
NOTES = (
    ("问积分何时到期,已告知。", "settled"),
    ("想换大一码,约周六来店。", "settled"),
    ("反映专柜态度,已建工单。", "case"),
    ("问停车券怎么领,已告知。", "settled"),
    ("忙,约明天上午再打。", "call_back"),
)
DAYS, A_DAY = 6, 14


def build_calls(people: dict[str, User], heroine_phone: str) -> None:
    """Calls as they came to the agent's extension; the heroine called twice."""
    rng = random.Random(801)  # noqa: S311 - the same calls every time
    system = create_system(
        code="demo", name="演示话机", kind=PhoneSystem.Kind.SIMULATOR, store=None,
        own_numbers=["0532-85868888"], actor=people["admin"],
    )  # fmt: skip
    agent = people["agent"]
    take_line(system_id=system.pk, extension="801", user=agent, opens_on_ring=False, actor=agent)
    phones = list(MemberPhone.objects.select_related("member").order_by("pk")[:400])
    heroine = Member.objects.get(phones__e164=heroine_phone)
    now = timezone.now()
    calls = []
    for back in range(DAYS):
        for number in range(A_DAY):
            begun = now - timedelta(days=back, minutes=25 + number * 37 + rng.randint(0, 20))
            phone = rng.choice(phones)
            member, e164 = phone.member, phone.e164
            if number == 3 and back in (0, 2):
                member, e164 = heroine, heroine_phone
            elif rng.random() < 0.2:
                member, e164 = None, f"+86137{rng.randint(10_000_000, 99_999_999)}"
            calls.append(_call(system, agent, begun, e164, member, rng, f"demo-{back}-{number}"))
    Call.objects.bulk_create(calls)


def _call(
    system: PhoneSystem, agent: User, begun: datetime, e164: str, member: Member | None, rng: random.Random, key: str
) -> Call:
    rings = rng.randint(4, 28)
    call = Call(
        system=system, external_id=key, number=e164, queue=rng.choice(QUEUES), extension="801", agent=agent,
        member=member, found=1 if member else 0, store_id=member.home_store_id if member else None,
        heard_at=begun, rang_at=begun, ring_seconds=rings,
        shown_at=begun + timedelta(milliseconds=rng.randint(70, 210)),
    )  # fmt: skip
    if rng.random() < 0.18:
        call.state, call.ended_at, call.cause = Call.State.MISSED, begun + timedelta(seconds=rings), "noanswer"
        return call
    talks = rng.randint(25, 420)
    call.answered_at = begun + timedelta(seconds=rings)
    call.ended_at = call.answered_at + timedelta(seconds=talks)
    call.state, call.talk_seconds, call.cause = Call.State.ENDED, talks, "normal"
    if rng.random() < 0.7:
        call.note, call.disposition = rng.choice(NOTES)
        call.noted_by, call.noted_at = agent, call.ended_at
    return call
