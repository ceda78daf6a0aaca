"""What returning one line would do, asked from a member's page while the member is on the phone."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from loyalty import access
from loyalty.services.line_returns import line_return_of
from staff.access import needs


@login_required
@require_safe
@needs("loyalty.preview_return")
def line_return(request: HttpRequest, pk: int, line_no: int) -> HttpResponse:
    """May it come back, what is refunded, what happens to points and star. Nothing is kept."""
    receipt = access.sale_to_look_at(request.user, pk)
    return render(
        request, "loyalty/line_return.html", {"seen": line_return_of(receipt, line_no), "member": receipt.member}
    )
