"""Filters of cases, steps and promises that several pages share."""

from datetime import datetime
from typing import Self

from django.db.models import Q, QuerySet

RUNNING = ("new", "open")
STANDING = ("new", "open", "waiting")


def is_overdue(now: datetime) -> Q:
    late = Q(solution_failed_at__isnull=False) | Q(response_failed_at__isnull=False, responded_at=None)
    running = Q(state__in=RUNNING) & (Q(solution_due_at__lte=now) | Q(responded_at=None, response_due_at__lte=now))
    return Q(state__in=STANDING) & (late | running)


class CaseQuerySet(QuerySet):
    def standing(self) -> Self:
        """Not solved yet."""
        return self.filter(state__in=STANDING)

    def overdue(self, now: datetime) -> Self:
        """Standing, and answer or solution late (whether the clock has told so already or not)."""
        return self.filter(is_overdue(now))

    def breached(self) -> Self:
        """Answered or solved late, or late now."""
        return self.filter(Q(solution_failed_at__isnull=False) | Q(response_failed_at__isnull=False))


class StepQuerySet(QuerySet):
    def unanswered(self) -> Self:
        return self.filter(state__in=("open", "accepted"))


class PromiseQuerySet(QuerySet):
    def unsettled(self) -> Self:
        return self.filter(state="open")
