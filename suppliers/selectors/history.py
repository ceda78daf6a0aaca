"""The last things done to a contract and its versions, from the audit trail, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from staff.models import AuditEntry, User
from suppliers.models import Contract, ContractVersion

SHOWN: Final = 12
DEEDS: Final = {
    "suppliers.contract_drafted": gettext_noop("Contract begun"),
    "suppliers.version_drafted": gettext_noop("New version begun"),
    "suppliers.version_changed": gettext_noop("Draft changed"),
    "suppliers.version_submitted": gettext_noop("Version submitted for approval"),
    "suppliers.version_approved": gettext_noop("Version approved"),
    "suppliers.version_reopened": gettext_noop("Sent back to draft"),
    "suppliers.version_dropped": gettext_noop("Draft dropped"),
    "suppliers.version_signed": gettext_noop("Version signed"),
    "suppliers.targets_set": gettext_noop("Targets set"),
    "suppliers.document_added": gettext_noop("Document added"),
    "suppliers.contract_terminated": gettext_noop("Contract terminated"),
}


@dataclass(frozen=True)
class Deed:
    at: datetime
    words: str
    actor: User | None


def history_of(contract: Contract, versions: Iterable[ContractVersion]) -> list[Deed]:
    """The latest deeds, newest first; one query."""
    of_contract = Q(subject_type=Contract._meta.label_lower, subject_id=contract.pk)
    of_versions = Q(subject_type=ContractVersion._meta.label_lower, subject_id__in=[one.pk for one in versions])
    rows = AuditEntry.objects.filter(of_contract | of_versions, action__in=DEEDS).select_related("actor")
    return [Deed(row.at, _(DEEDS[row.action]), row.actor) for row in rows.order_by("-pk")[:SHOWN]]
