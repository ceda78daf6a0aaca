"""One message to one member, for whoever serves the member."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns import send_access as access
from campaigns.send_reasons import reason_label
from campaigns.services.sent_texts import shown_message
from members.selectors import member_rows
from staff.access import needs


@login_required
@require_safe
@needs(access.MESSAGES)
def member_message(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    """What a member got, word for word: a desk that serves the member need not see the send."""
    user = request.user
    send, person, recipient = access.message_for(user, pk, member)
    (who,) = member_rows(user, [person])
    called = recipient.reason.startswith("call_")
    context = {
        "send": send,
        "who": who,
        "at": recipient.delivered_at or recipient.accepted_at,
        "label": reason_label(recipient.reason) if called else recipient.get_state_display(),
        "got": shown_message(user, send, person, recipient),
        "failed": recipient.state == recipient.State.FAILED,
        "sees_send": user.has_perm(access.VIEW) and access.sends_for(user).filter(pk=pk).exists(),
    }
    return render(request, "campaigns/member_message.html", context)
