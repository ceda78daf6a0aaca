"""How approvals are locked: the request first, before the subject; then nothing else of ours."""

from kit.errors import NotFound
from workflow.models import ApprovalRequest


def lock_request(request_id: int) -> ApprovalRequest:
    """Lock one request; every deed on it comes through here.

    NO KEY: a plain FOR UPDATE would also stop inserts of rows that point at it.
    """
    found = (
        ApprovalRequest.objects.select_for_update(no_key=True, of=("self",))
        .select_related("version__flow", "initiator", "store")
        .filter(pk=request_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such approval request.")
    return found
