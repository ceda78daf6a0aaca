"""Short texts for the cashier, beside the greeting: floors above know what is offered to a member.

    @till_words.register
    def offers(member, language): yield "双倍积分,至 11-30"

They are asked when a till looks a member up, never when it posts a receipt.
"""

from collections.abc import Callable, Iterable

from members.models import Member

Source = Callable[[Member], Iterable[str]]
_sources: list[Source] = []
MOST = 5


def register(source: Source) -> Source:
    """Decorator: texts for one member, in the language that is active; in at most three statements."""
    if source not in _sources:
        _sources.append(source)
    return source


def words_for(member: Member) -> list[str]:
    """What the cashier may say, five at most."""
    return [text for source in _sources for text in source(member)][:MOST]
