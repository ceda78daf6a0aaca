"""Flows and their versions: drafting, publishing, and the standard flows of registered kinds."""

import hashlib
import json
from copy import deepcopy
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kit.errors import Conflict
from staff.audit import record
from staff.models import User
from workflow.exceptions import NoFlow
from workflow.models import Flow, FlowVersion
from workflow.registry import Subject, registered

MANAGER_THEN_CEO: dict[str, Any] = {
    "nodes": [
        {
            "key": "n1",
            "kind": "approve",
            "name": "店长",
            "name_en": "Store manager",
            "approvers": [{"by": "store_role", "role": "manager"}],
            "mode": "any",
            "due_hours": "9",
        },
        {
            "key": "n2",
            "kind": "approve",
            "name": "总经理室",
            "name_en": "CEO's desk",
            "approvers": [{"by": "role", "role": "ceo"}],
            "mode": "any",
            "due_hours": "18",
        },
    ]
}
"""The standard flow of kinds that bring none of their own."""


def version_for(kind: Subject) -> FlowVersion:
    """The published version under which a new request of this kind begins. Where no flow was ever made for the kind,
    its standard flow is installed."""
    found = _published(kind)
    if found is None and not Flow.objects.filter(subject_type=kind.key).exists():
        install_flow(kind)
        found = _published(kind)
    if found is None:
        raise NoFlow(kind.label)
    return found


def _published(kind: Subject) -> FlowVersion | None:
    return (
        FlowVersion.objects.filter(
            flow__subject_type=kind.key, flow__is_active=True, status=FlowVersion.Status.PUBLISHED
        )
        .select_related("flow")
        .first()
    )


def digest_of_definition(definition: dict[str, Any]) -> str:
    """SHA-256 of a definition."""
    text = json.dumps(definition, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def install_standard_flows() -> int:
    """Give every registered kind that has no flow its standard one. Calling it again changes nothing."""
    missing = [kind for kind in registered() if not Flow.objects.filter(subject_type=kind.key).exists()]
    for kind in missing:
        install_flow(kind)
    return len(missing)


@transaction.atomic
def install_flow(kind: Subject) -> Flow:
    """Install and publish the standard flow of one kind; the flow that is there already stays."""
    with translation.override("zh-hans"):
        name = str(kind.label)
    with translation.override("en"):
        name_en = str(kind.label)
    flow, created = Flow.objects.get_or_create(
        key=kind.key.replace(".", "-").replace("_", "-"),
        defaults={"name": name, "name_en": name_en, "subject_type": kind.key},
    )
    if created:
        definition = deepcopy(kind.standard_flow or MANAGER_THEN_CEO)
        FlowVersion.objects.create(
            flow=flow,
            number=1,
            status=FlowVersion.Status.PUBLISHED,
            definition=definition,
            digest=digest_of_definition(definition),
            published_at=timezone.now(),
        )
        record(None, "workflow.flow_installed", flow, kind=kind.key)
    return flow


@transaction.atomic
def publish(*, version_id: int, actor: User) -> FlowVersion:
    """Publish a draft: from now on new requests follow it; those in approval keep theirs. A second call refuses."""
    version = FlowVersion.objects.select_for_update(no_key=True, of=("self",)).select_related("flow").get(pk=version_id)
    Flow.objects.select_for_update(no_key=True).get(pk=version.flow_id)
    if version.status != FlowVersion.Status.DRAFT:
        raise Conflict(_("This version has already been published."))
    FlowVersion.objects.filter(flow=version.flow_id, status=FlowVersion.Status.PUBLISHED).update(
        status=FlowVersion.Status.RETIRED
    )
    version.status, version.digest = FlowVersion.Status.PUBLISHED, digest_of_definition(version.definition)
    version.published_by, version.published_at = actor, timezone.now()
    version.save(update_fields=["status", "digest", "published_by", "published_at"])
    record(actor, "workflow.flow_published", version, flow=version.flow.key, number=version.number)
    return version
