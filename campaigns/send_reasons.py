"""Why somebody is left out, failed or is not known: codes of few letters and what pages call them."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

# What came of a call. Somebody spoke to the member with the first three, whatever the answer was: that is a message
# delivered.
YES, NO, NEVER, NONE, WRONG, NOT_CALLED = "call_yes", "call_no", "call_never", "call_none", "call_wrong", "call_not"
REACHED = (YES, NO, NEVER)

REASONS: dict[str, str | Promise] = {
    # Left out when the recipients are drawn up, in the order they are looked at.
    "gone": pgettext_lazy("left out", "No member any more"),
    "frozen": pgettext_lazy("left out", "Membership frozen"),
    "other_store": pgettext_lazy("left out", "Member of another store"),
    "no_address": pgettext_lazy("left out", "No address for this channel"),
    "bad_address": pgettext_lazy("left out", "Address does not work"),
    "no_consent": pgettext_lazy("left out", "Has not agreed"),
    "no_service": pgettext_lazy("left out", "Refuses service messages"),
    "opted_out": pgettext_lazy("left out", "Keeps this number free of messages"),
    "suppressed": pgettext_lazy("left out", "Address is suppressed"),
    "no_value": pgettext_lazy("left out", "A variable would be empty"),
    "cap": pgettext_lazy("left out", "Contacted too often already"),
    "control": pgettext_lazy("left out", "Control group"),
    "same_address": pgettext_lazy("left out", "Shares an address with another recipient"),
    "moved": pgettext_lazy("left out", "Address changed since the recipients were drawn up"),
    "called_off": pgettext_lazy("left out", "The send was called off"),
    # Waiting
    "later": pgettext_lazy("left out", "Waits for another time"),
    # Failed
    "refused": pgettext_lazy("failed", "Refused by the provider"),
    "bad_number": pgettext_lazy("failed", "The provider does not know this number"),
    "bad_words": pgettext_lazy("failed", "The provider refuses the wording"),
    "on_blacklist": pgettext_lazy("failed", "On the provider's list of those who want nothing"),
    "bounced": pgettext_lazy("failed", "Came back"),
    "not_delivered": pgettext_lazy("failed", "Not delivered"),
    "given_up": pgettext_lazy("failed", "Given up after several tries"),
    # What came of a call; the first three spoke to the member.
    "call_yes": pgettext_lazy("call of a send", "Reached"),
    "call_no": pgettext_lazy("call of a send", "Reached, not interested"),
    "call_never": pgettext_lazy("call of a send", "Wants no calls any more"),
    "call_none": pgettext_lazy("call of a send", "Not reached"),
    "call_wrong": pgettext_lazy("call of a send", "Wrong number"),
    "call_not": pgettext_lazy("call of a send", "Was not called"),
    # Possibly sent
    "no_answer": pgettext_lazy("unknown", "No answer from the provider"),
    "worker_lost": pgettext_lazy("unknown", "Our worker stopped in the middle"),
    "unclear": pgettext_lazy("unknown", "The provider cannot tell"),
    "by_hand": pgettext_lazy("unknown", "Decided by hand"),
}


def reason_label(code: str) -> str:
    """What a page calls a reason."""
    return str(REASONS.get(code, code)) if code else _("None")
