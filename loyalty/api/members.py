"""Members at the till: look one up, enrol one."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from loyalty.api import answers
from loyalty.api.schemas import EnrolIn, EnrolOut, Key, MemberOut, MemberRef
from loyalty.api.shared import KEY_HEADER, REFUSALS
from loyalty.services.till_inputs import identify
from members.models import Member
from members.services.enrolment import enrol_member
from staff.api import answer_once

router = Router(tags=["members"])


@router.get("/lookup", response={200: MemberOut, **REFUSALS}, summary="Look a member up")
def member_lookup(request: HttpRequest, ref: Query[MemberRef]) -> dict[str, Any]:
    """By card, phone or member number: tier, discount, points, coupons, birthday and a greeting line."""
    return answers.member(identify(card=ref.card, phone=ref.phone, number=ref.number).member)


@router.post("", response={200: EnrolOut, 201: EnrolOut, **REFUSALS}, summary="Enrol a member")
def member_enrol(request: HttpRequest, body: EnrolIn, idempotency_key: Key = KEY_HEADER) -> Status:
    """201 for a new member, 200 "welcome back" for one who is enrolled already."""

    def work() -> tuple[int, dict[str, Any]]:
        result = enrol_member(
            name=body.name,
            phone=body.phone,
            store=request.auth.store,
            actor=None,
            gender=body.gender,
            language=body.language,
            source=Member.Source.TILL,
            consents=body.consents,
        )
        card = result.member.cards.filter(status="active").order_by("-pk").first()
        return 201 if result.created else 200, {
            "member_no": result.member.member_no,
            "card": card.number if card else "",
            "created": result.created,
            "greeting": answers.greeting(result.member, birthday=False),
        }

    return Status(*answer_once(request.auth, idempotency_key, {"enrol": body.model_dump()}, work))
