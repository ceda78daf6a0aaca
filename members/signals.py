"""What happened to members, for the apps above. Payloads are ids.

`member_enrolled` is sent inside the transaction that enrols; receivers only enqueue.
`member_merged`, `merge_undone` and `member_erased` are synchronous on purpose: receivers run inside the
transaction, because a half-merged member is worse than a slow merge.
"""

from django.dispatch import Signal

member_enrolled = Signal()  # member_id
members_enrolled = Signal()  # member_ids: the set-wise enrolment, once per piece
member_merged = Signal()  # operation_id, winner_id, loser_id
merge_undone = Signal()  # operation_id, winner_id, loser_id
member_erased = Signal()  # member_id
