"""What becomes of gifts and answers when members become one or are erased."""

from campaigns.models import GiftHandout, SurveyAnswer
from members.services import erasing
from members.services.merge_log import MergeLog
from members.services.merging import register


def gifts_move(log: MergeLog) -> int:
    """Gifts go with the member who lives on. Where both have one of the same campaign, the second stays with the entry
    it was written for: it was handed out, and its cost counts."""
    handed = GiftHandout.State.HANDED
    kept = set(GiftHandout.objects.filter(member_id=log.winner_id, state=handed).values_list("campaign_id", flat=True))
    moved = 0
    for gift in GiftHandout.objects.filter(member_id=log.loser_id).order_by("pk"):
        if gift.state == handed and gift.campaign_id in kept:
            continue
        log.change(gift, member_id=log.winner_id)
        moved += 1
    return moved


def answers_move(log: MergeLog) -> int:
    """Answers go with the member who lives on; to a survey both answered, the survivor's answer is the member's and the
    other one no longer counts (results leave out members who were merged)."""
    kept = set(SurveyAnswer.objects.filter(member_id=log.winner_id).values_list("survey_id", flat=True))
    moved = 0
    for answer in SurveyAnswer.objects.filter(member_id=log.loser_id).exclude(survey_id__in=kept).order_by("pk"):
        log.change(answer, member_id=log.winner_id)
        moved += 1
    return moved


def register_policies() -> None:
    """Declare what becomes of the tables of campaigns and surveys."""
    register("campaigns.GiftHandout.member", gifts_move)
    register("campaigns.SurveyAnswer.member", answers_move)
    erasing.rows_emptied("campaigns.GiftHandout", "member", reason="")
    erasing.stays("campaigns.GiftMove", "append-only book of a stock: pieces, and notes about deliveries")
    erasing.stays("campaigns.SurveyAnswer", "when and how somebody answered, who has no name any more")
    erasing.rows_emptied("campaigns.SurveyValue", "answer__member", words="")
