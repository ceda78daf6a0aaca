"""Points as money: hold, capture, release."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Router, Status
from pydantic import Field

from kit.errors import NotFound
from loyalty.api import answers
from loyalty.api.receipts import place_of
from loyalty.api.schemas import CaptureIn, HoldIn, HoldOut, Key
from loyalty.api.shared import KEY_HEADER, REFUSALS
from loyalty.models import PointsHold
from loyalty.services.holds import capture_hold, hold_points, release_hold
from loyalty.services.till_inputs import identify
from staff.api import answer_once
from staff.models import Device

router = Router(tags=["points"])
HoldId = Annotated[int, Field(ge=1, le=2**62)]


@router.post("", response={201: HoldOut, **REFUSALS}, summary="Set points aside")
def hold_create(request: HttpRequest, body: HoldIn, idempotency_key: Key = KEY_HEADER) -> Status:
    """The points lapse back after the programme's minutes unless captured or released."""

    def work() -> tuple[int, dict[str, Any]]:
        who = identify(card=body.member.card, phone=body.member.phone, number=body.member.number)
        place = place_of(request.auth)
        hold = hold_points(
            member_id=who.member.pk,
            points=body.points,
            source=place.source,
            document=f"{place.store_id}/{body.document}",
            store_id=place.store_id,
            actor=None,
        )
        return 201, answers.hold(hold)

    return Status(*answer_once(request.auth, idempotency_key, {"hold": body.model_dump()}, work))


@router.post("/{hold_id}/capture", response={200: HoldOut, **REFUSALS}, summary="Redeem what a hold set aside")
def hold_capture(
    request: HttpRequest, hold_id: Path[HoldId], body: CaptureIn, idempotency_key: Key = KEY_HEADER
) -> Status:
    """All of it, or fewer points; the rest becomes available again."""

    def work() -> tuple[int, dict[str, Any]]:
        hold = _hold_of(request.auth, hold_id)
        return 200, answers.hold(capture_hold(hold_id=hold.pk, points=body.points, actor=None))

    return Status(*answer_once(request.auth, idempotency_key, {"capture": hold_id, **body.model_dump()}, work))


@router.post("/{hold_id}/release", response={200: HoldOut, **REFUSALS}, summary="Let go of what a hold set aside")
def hold_release(request: HttpRequest, hold_id: Path[HoldId], idempotency_key: Key = KEY_HEADER) -> Status:
    """The points become available again."""

    def work() -> tuple[int, dict[str, Any]]:
        return 200, answers.hold(release_hold(hold_id=_hold_of(request.auth, hold_id).pk, actor=None))

    return Status(*answer_once(request.auth, idempotency_key, {"release": hold_id}, work))


def _hold_of(device: Device, hold_id: int) -> PointsHold:
    hold = PointsHold.objects.filter(pk=hold_id, txn__store_id=device.store_id).first()
    if hold is None:
        raise NotFound("There is no such hold in this store.")
    return hold
