"""Whether a step of a journey is whole."""

from django.utils.translation import gettext as _

from campaigns.exceptions import JourneyRefused
from campaigns.journeys.steps import MOST_DAYS, OTHERWISE, Step
from campaigns.models import ContentVersion
from campaigns.rules.document import as_document, read_rule
from loyalty.models import CouponKind


def checked(step: Step) -> Step:
    """The step, or a sentence that says what is missing."""
    match step.kind:
        case "wait":
            if not 0 <= step.days <= MOST_DAYS or (step.hour is not None and not 0 <= step.hour <= 23):
                raise JourneyRefused(_("A wait has 0 to 365 days and an hour of the day."), fields={"days": True})
            if not step.days and step.hour is None:
                raise JourneyRefused(_("How long shall it wait?"), fields={"days": True})
        case "message":
            content = ContentVersion.objects.filter(pk=step.content).select_related("template").first()
            if content is None or content.template.channel != step.channel:
                raise JourneyRefused(_("Choose a wording of this channel."), fields={"content": True})
            if step.instead not in ("", "phone") or (step.instead and not step.script):
                raise JourneyRefused(_("What shall the caller say?"), fields={"script": True})
        case "call":
            if not step.script:
                raise JourneyRefused(_("What shall the caller say?"), fields={"script": True})
        case "condition":
            if step.otherwise not in OTHERWISE:
                raise JourneyRefused(_("Choose what happens to the others."), fields={"otherwise": True})
            return Step(step.key, step.kind, rule=as_document(read_rule(step.rule)), otherwise=step.otherwise)
        case "coupon":
            if not CouponKind.objects.filter(pk=step.coupon, is_active=True).exists():
                raise JourneyRefused(_("Choose a kind of coupon that is issued."), fields={"coupon": True})
        case "desk":
            if not step.words or not 1 <= step.days <= MOST_DAYS:
                raise JourneyRefused(_("Write the words and for how many days they are shown."), fields={"words": True})
        case _:
            raise JourneyRefused(_("There is no such kind of step."), fields={"kind": True})
    return step
