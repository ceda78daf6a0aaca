"""The order of "why are they here?" as rows administrators edit."""

from members.models import ReasonRule
from members.selectors import reasons


def install_reason_rules() -> int:
    """A row with its defaults for every kind of reason that has none. Calling it again changes nothing."""
    have = set(ReasonRule.objects.values_list("key", flat=True))
    missing = [
        ReasonRule(key=kind.key, position=kind.position, days=kind.days)
        for kind in reasons.kinds()
        if kind.key not in have
    ]
    ReasonRule.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)
