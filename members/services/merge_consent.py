"""Consent when two members become one: the stricter answer counts, and a merge taken back restores what was said."""

from members.models import Consent, Member, MergeOperation
from members.services.consent import append_consent, last_word
from members.services.merge_log import MergeLog
from staff.models import User


def stricter_consent_wins(log: MergeLog) -> int:
    """Policy: a refusal of either counts; a yes carries over where the other never answered.

    Both histories stay as they are: the rows are append-only, so the outcome is appended to the winner's.
    """
    winner, loser = Member.objects.get(pk=log.winner_id), Member.objects.get(pk=log.loser_id)
    appended = 0
    for channel in Consent.Channel.values:
        for purpose in Consent.Purpose.values:
            ours, theirs = last_word(winner, channel, purpose), last_word(loser, channel, purpose)
            if theirs is None or (ours and (not ours.granted or theirs.granted)):
                continue
            append_consent(
                winner,
                channel=channel,
                purpose=purpose,
                granted=theirs.granted,
                actor=theirs.recorded_by,
                source=Consent.Source.MERGE,
                evidence=evidence_of(log.operation, loser),
            )
            appended += 1
    return appended


def evidence_of(operation: MergeOperation, loser: Member) -> str:
    """What an answer carried over by a merge names as its evidence."""
    return f"{loser.member_no} #{operation.pk}"


def take_consent_back(operation: MergeOperation, winner: Member, actor: User | None) -> None:
    """Where the merge had the last word, the member's own word before it counts again.

    Rows are append-only: the former answer is appended. Where the member had never answered, that is a no, which is
    what silence means.
    """
    evidence = evidence_of(operation, operation.loser)
    for row in Consent.objects.filter(member=winner, source=Consent.Source.MERGE, evidence=evidence):
        if last_word(winner, row.channel, row.purpose) != row:
            continue
        earlier = Consent.objects.filter(member=winner, channel=row.channel, purpose=row.purpose, pk__lt=row.pk)
        said = earlier.order_by("-at", "-pk").first()
        append_consent(
            winner,
            channel=row.channel,
            purpose=row.purpose,
            granted=said.granted if said else False,
            actor=actor,
            source=Consent.Source.MERGE,
            evidence=f"{evidence} ↩",
        )
