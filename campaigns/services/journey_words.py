"""What the cashier may say because of a journey: the greeting on a birthday, a warm welcome back."""

from collections.abc import Iterator

from campaigns.selectors.journeys import speaking, words_for
from loyalty.services import till_words
from members.models import Member


@till_words.register
def words_of_journeys(member: Member) -> Iterator[str]:
    """One statement, and none while no journey has words."""
    if speaking.get():
        yield from (told.words for told in words_for(member))
