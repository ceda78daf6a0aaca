"""The log of a request: append-only, each action carrying the digest of the one before."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from staff.audit import plain
from staff.models import User
from workflow.models import Action, ApprovalRequest, ApprovalTask


def append_action(
    request: ApprovalRequest,
    verb: str,
    *,
    actor: User | None,
    at: datetime,
    task: ApprovalTask | None = None,
    on_behalf_of_id: int | None = None,
    comment: str = "",
    payload: dict[str, Any] | None = None,
) -> Action:
    """Write the next action of a request that is locked."""
    last = Action.objects.filter(request=request).order_by("-seq").values_list("seq", "digest").first()
    action = Action(
        request=request,
        seq=(last[0] if last else 0) + 1,
        step_id=task.step_id if task else None,
        task=task,
        actor=actor,
        on_behalf_of_id=on_behalf_of_id,
        verb=verb,
        comment=comment,
        payload=plain(payload or {}),
        at=at,
        prev_digest=last[1] if last else "",
    )
    action.digest = digest_of_action(action)
    action.save(force_insert=True)
    return action


def digest_of_action(action: Action) -> str:
    """SHA-256 over everything an action says, the digest of the one before included."""
    said = [
        action.prev_digest,
        action.request_id,
        action.seq,
        action.step_id,
        action.task_id,
        action.actor_id,
        action.on_behalf_of_id,
        str(action.verb),
        action.comment,
        action.payload,
        action.at.astimezone(UTC).isoformat(),
    ]
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def broken_link(actions: list[Action]) -> Action | None:
    """The first action of a request that does not fit its digest or the one before; None when the chain holds."""
    before = ""
    for number, action in enumerate(actions, start=1):
        if action.seq != number or action.prev_digest != before or action.digest != digest_of_action(action):
            return action
        before = action.digest
    return None
