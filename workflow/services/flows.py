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
from workflow.registry import Subject, registered, subject_of

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
def create_flow(*, name: str, subject_type: str, actor: User, name_en: str = "") -> FlowVersion:
    """Make a flow for a kind of thing, with an empty draft. It is in use at once only where its kind has none in use."""
    kind = subject_of(subject_type)
    base = kind.key.replace(".", "-").replace("_", "-")
    # Lock, then read: what somebody else has just made is seen only by a second look.
    list(Flow.objects.select_for_update(no_key=True).filter(subject_type=kind.key).order_by("pk"))
    others = list(Flow.objects.filter(subject_type=kind.key))
    taken = {other.key for other in others}
    key = next(key for number in range(2, len(taken) + 3) if (key := f"{base}-{number}") not in taken)
    is_active = not any(other.is_active for other in others)
    flow = Flow.objects.create(key=key, name=name, name_en=name_en, subject_type=kind.key, is_active=is_active)
    draft = FlowVersion.objects.create(flow=flow, number=1, definition={"nodes": []}, created_by=actor)
    record(actor, "workflow.flow_created", flow, kind=kind.key)
    return draft


@transaction.atomic
def use_flow(*, flow_id: int, actor: User) -> Flow:
    """Use a flow for new requests of its kind, and no other. One without a published version refuses."""
    kind = Flow.objects.values_list("subject_type", flat=True).get(pk=flow_id)
    flows = {
        flow.pk: flow for flow in Flow.objects.select_for_update(no_key=True).filter(subject_type=kind).order_by("pk")
    }
    flow = flows[flow_id]
    if not flow.versions.filter(status=FlowVersion.Status.PUBLISHED).exists():
        raise Conflict(_("Publish a version of this flow first."))
    if not flow.is_active:
        Flow.objects.filter(pk__in=flows, is_active=True).update(is_active=False)
        flow.is_active = True
        flow.save(update_fields=["is_active"])
        record(actor, "workflow.flow_used", flow, kind=kind)
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
