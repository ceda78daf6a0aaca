"""The kinds of things that can be approved, as other apps register and ask them; the registry is `workflow/registry.py`."""

from workflow.registry import (
    Fact,
    Subject,
    declared_facts,
    digest_of,
    kind_of,
    register,
    registered,
    subject_of,
    unregister,
)

__all__ = [
    "Fact",
    "Subject",
    "declared_facts",
    "digest_of",
    "kind_of",
    "register",
    "registered",
    "subject_of",
    "unregister",
]
