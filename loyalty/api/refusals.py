"""The ways the API says no, documented the same at every operation."""

from loyalty.api.schemas import Problem

REFUSALS = {400: Problem, 401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem, 503: Problem}
