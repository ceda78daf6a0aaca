"""What all operations share: the ways of saying no, documented the same everywhere, and the key of a request."""

from ninja import Header

from loyalty.api.schemas import Problem

REFUSALS = {400: Problem, 401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem, 503: Problem}
KEY_HEADER = Header(..., alias="Idempotency-Key", description="Made by the sender, kept for retries.")
