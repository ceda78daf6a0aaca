"""How segments say no."""

from kit.errors import DomainError


class RuleRefused(DomainError):
    """A rule that cannot be understood or kept; the sentence says which part and why."""

    code = "rule_refused"


class SegmentRefused(DomainError):
    """The segment's state, or another segment, does not allow it."""

    code = "segment_refused"
