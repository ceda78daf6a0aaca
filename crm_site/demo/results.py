"""What marketing reads on the first morning: two pictures of the pyramid, a year apart, and what the finished sends earned."""

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from campaigns.models import Send
from campaigns.services.pyramids import take_pyramid
from campaigns.services.results import measure_send
from staff.models import User


def build_results(people: dict[str, User], today: date) -> None:
    """The pyramid a year ago and at the end of last month; the result sheets of the sends that are over."""
    month_end = today.replace(day=1) - timedelta(days=1)
    for as_of_on in (month_end - relativedelta(years=1), month_end):
        take_pyramid(as_of_on=as_of_on, actor=people["marketer"])
    for send_id in Send.objects.filter(state=Send.State.DONE).order_by("pk").values_list("pk", flat=True):
        measure_send(send_id=send_id)
