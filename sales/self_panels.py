"""What sales shows members on their own pages: their receipts with the lines."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from kit import panels
from members.models import Member
from sales.selectors.own_slips import own_slips


@panels.register("me.main", name="receipts", order=40)
def own_receipts(request: HttpRequest, member: Member) -> str | None:
    """The newest receipts; each opens to its lines."""
    slips = own_slips(member)
    return render_to_string("sales/me_receipts.html", {"slips": slips}, request) if slips else None
