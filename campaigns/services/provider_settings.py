"""Setting up a provider: its rules, whether it is in use, which one a channel takes. Its access is never kept here."""

from dataclasses import asdict, dataclass
from datetime import time
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import ProviderProfile
from campaigns.providers.registry import why_out_of_reach
from campaigns.send_exceptions import SendRefused
from campaigns.send_locks import lock_provider
from staff.audit import record
from staff.models import User


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """What may be changed about a provider. Seconds, minutes and numbers as in `ProviderProfile`; price in yuan."""

    name: str
    name_en: str
    is_active: bool
    price: Decimal
    rate: int
    batch: int
    timeout_seconds: int
    ask_after_minutes: int
    max_length: int
    window_from: time
    window_until: time
    signature: str
    opt_out_wording: str
    forbidden_words: list[str]
    allows_variables: bool
    allows_links: bool
    needs_template: bool


@transaction.atomic
def set_up_provider(*, provider_id: int, facts: ProviderFacts, actor: User) -> ProviderProfile:
    """Change a provider. Sends that run keep their price and follow everything else. The same facts again change nothing.

    One that a channel takes by default cannot be put out of use: the channel would have none.
    """
    provider = lock_provider(provider_id)
    if provider.is_default and not facts.is_active:
        raise SendRefused(_("Let the channel take another provider first."), fields={"is_active": True})
    if facts.is_active and (reason := why_out_of_reach(provider)):
        raise SendRefused(reason, fields={"is_active": True})
    changed = {name: value for name, value in asdict(facts).items() if getattr(provider, name) != value}
    if not changed:
        return provider
    before = {name: getattr(provider, name) for name in changed}
    for name, value in changed.items():
        setattr(provider, name, value)
    provider.save(update_fields=list(changed))
    record(actor, "campaigns.provider_changed", provider, before=before, after=changed)
    return provider


@transaction.atomic
def take_by_default(*, provider_id: int, actor: User) -> ProviderProfile:
    """Let its channel take this provider from now on; sends that were made keep theirs. A second call changes nothing."""
    channel = ProviderProfile.objects.values_list("channel", flat=True).get(pk=provider_id)
    same = ProviderProfile.objects.select_for_update(no_key=True).filter(channel=channel).order_by("pk")
    provider = next(one for one in same if one.pk == provider_id)
    if provider.is_default:
        return provider
    if not provider.is_active:
        raise SendRefused(_("The provider “%(name)s” is not in use.") % {"name": provider.label})
    if reason := why_out_of_reach(provider):
        raise SendRefused(reason)
    ProviderProfile.objects.filter(channel=channel, is_default=True).update(is_default=False)
    provider.is_default = True
    provider.save(update_fields=["is_default"])
    record(actor, "campaigns.provider_taken", provider, channel=channel)
    return provider
