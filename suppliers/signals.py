"""What happened to suppliers, for the floors above. Payload: ids."""

from django.dispatch import Signal

# party_id; sent inside the transaction that made the prospect a supplier.
party_became_supplier = Signal()
# party_id, selling; sent inside the transaction of every change of the right to sell.
selling_right_changed = Signal()
# party_id; sent inside the transaction, when the last step of a leaving is done.
party_left = Signal()
