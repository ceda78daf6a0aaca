"""Before anything is sent: does the wording keep to what the provider demands? Refusals and warnings in words."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from campaigns.models import ContentVersion, MessageTemplate, ProviderProfile, Segment, Send
from campaigns.providers.registry import why_out_of_reach
from campaigns.send_exceptions import SendRefused
from campaigns.services.links import LINK
from campaigns.services.variables import names_in
from kit.sms_text import parts, units, with_signature


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the pre-flight found; `refuses`: it may not be sent like this."""

    refuses: bool
    text: str


def findings_of(send: Send) -> list[Finding]:
    """What speaks against a send, refusals going first."""
    found: list[Finding] = []
    if send.content is None and send.channel != Send.Channel.PHONE:
        found.append(Finding(True, _("There is no wording yet.")))
    if send.segment is None and send.source_key is None:
        found.append(Finding(True, _("Nobody is chosen: it needs a segment.")))
    if send.segment is not None and send.segment.state == Segment.State.ARCHIVED:
        found.append(Finding(True, _("The segment “%(name)s” was put away.") % {"name": send.segment.label}))
    elif send.segment is not None and send.segment.build_error:
        words = _("The segment “%(name)s” could not be computed: %(why)s")
        found.append(Finding(True, words % {"name": send.segment.label, "why": send.segment.build_error}))
    if not send.provider.is_active:
        found.append(Finding(True, _("The provider “%(name)s” is not in use.") % {"name": send.provider.label}))
    elif reason := why_out_of_reach(send.provider):
        found.append(Finding(True, reason))
    for content in (send.content, send.content_b):
        if content is not None:
            found += content_findings(content, send.provider, send.purpose)
    return sorted(found, key=lambda one: not one.refuses)


def content_findings(content: ContentVersion, provider: ProviderProfile, purpose: str) -> list[Finding]:
    """What speaks against one wording at one provider."""
    found: list[Finding] = []
    texts = [text for text in (content.subject, content.body, content.subject_en, content.body_en) if text]
    for word in provider.forbidden_words:
        if any(word in text for text in texts):
            found.append(
                Finding(
                    True, _("“%(provider)s” refuses the words “%(word)s”.") % {"provider": provider.label, "word": word}
                )
            )
    if not provider.allows_variables and names_in(content):
        found.append(
            Finding(True, _("“%(provider)s” takes fixed texts only, without variables.") % {"provider": provider.label})
        )
    if not provider.allows_links and any(LINK.search(text) for text in texts):
        found.append(Finding(True, _("“%(provider)s” takes no links.") % {"provider": provider.label}))
    if provider.needs_template and not content.provider_template:
        found.append(
            Finding(
                True,
                _("“%(provider)s” wants wordings filed first: please enter the number of the filed template.")
                % {"provider": provider.label},
            )
        )
    if provider.channel == Send.Channel.SMS:
        found += _sms_findings(content, provider, purpose)
    if provider.channel == Send.Channel.EMAIL and purpose == "marketing" and "{unsubscribe" not in content.body:
        found.append(Finding(False, _("The text shows no link to unsubscribe; mail programs show one all the same.")))
    if not content.body_en:
        found.append(Finding(False, _("There is no English wording: members who read English get the Chinese one.")))
    return found


def findings_of_newest(template: MessageTemplate) -> list[Finding]:
    """What the usual provider of its channel says to the newest wording of a template."""
    content = template.versions.order_by("-number").first()
    provider = ProviderProfile.objects.filter(channel=template.channel, is_default=True, is_active=True).first()
    return content_findings(content, provider, template.purpose) if content and provider else []


def _sms_findings(content: ContentVersion, provider: ProviderProfile, purpose: str) -> list[Finding]:
    found: list[Finding] = []
    if not provider.signature:
        found.append(Finding(True, _("The provider has no signature; texts without one are not carried.")))
    if purpose == "marketing" and not provider.opt_out_wording:
        found.append(Finding(True, _("The provider has no opt-out wording; offers need one.")))
    for body in (content.body, content.body_en):
        if not body:
            continue
        text = with_signature(body, provider.signature, provider.opt_out_wording if purpose == "marketing" else "")
        if units(text) > provider.max_length:
            found.append(
                Finding(
                    True,
                    _("The text has %(length)s characters; %(most)s are taken at most.")
                    % {"length": units(text), "most": provider.max_length},
                )
            )
        elif (count := parts(text)) > 1:
            found.append(
                Finding(
                    False,
                    _("The text is %(length)s characters long and costs %(parts)s messages.")
                    % {"length": units(text), "parts": count},
                )
            )
    return found


def require_flight(send: Send) -> None:
    """Raise with the first refusal, if there is one."""
    for one in findings_of(send):
        if one.refuses:
            raise SendRefused(one.text)
