"""What the cashier may say because of a journey: the greeting on a birthday, a warm welcome back."""

from collections.abc import Iterator

from campaigns.models import Journey
from campaigns.selectors.journeys import words_for
from kit.remembered import Remembered
from loyalty.services import till_words
from members.models import Member

# Whether any running journey has words at all: else a till asks nothing.
speaking: Remembered[bool] = Remembered(
    lambda: any(
        step["kind"] == "desk"
        for steps in Journey.objects.filter(state=Journey.State.RUNNING).values_list("current__steps", flat=True)
        for step in steps
    )
)


@till_words.register
def words_of_journeys(member: Member) -> Iterator[str]:
    """One statement, and none while no running journey has words."""
    if speaking.get():
        yield from (told.words for told in words_for(member))
