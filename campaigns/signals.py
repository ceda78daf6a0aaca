"""What happened here, for floors above. Payloads are ids; receivers enqueue, or do what may be done twice."""

from django.dispatch import Signal

# send_id, member_ids: these are to be called. Sent again after a crash: who is on the list already stays as they are.
phone_recipients_ready = Signal()
