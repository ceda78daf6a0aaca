"""Segments: made, reworded, put away, members pinned in or out by hand."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Segment, SegmentPin, SegmentVersion
from campaigns.rules.compiler import segments_in
from campaigns.rules.document import Group, as_document, hash_of, read_rule
from campaigns.rules.fields_segments import forget_segments
from campaigns.segment_exceptions import SegmentRefused
from campaigns.segment_locks import lock_references, lock_segment
from campaigns.selectors.segment_rules import references, way_back
from campaigns.services.segment_diffs import settle_members
from campaigns.tasks import rebuild_segment as rebuild_task
from kit.nudge import nudge
from members.models import Member
from staff.audit import record
from staff.models import User
from stores.models import Store


@transaction.atomic
def make_segment(
    *,
    name: str,
    rule: dict[str, Any],
    actor: User | None,
    store: Store | None = None,
    name_en: str = "",
    description: str = "",
    source_key: str | None = None,
) -> Segment:
    """Make a segment of a rule; who belongs is computed right after. The same `source_key` again returns the segment it
    made the first time. Raises `RuleRefused`."""
    if source_key and (known := Segment.objects.filter(source_key=source_key).first()):
        return known
    tree = _checked(rule, actor)
    segment = Segment.objects.create(
        name=_named(name), name_en=name_en.strip(), description=description.strip(), store=store, made_by=actor,
        source_key=source_key,
    )  # fmt: skip
    _write_version(segment, tree, actor, "")
    record(actor, "campaigns.segment_made", segment, store=store, rule=as_document(tree))
    forget_segments()
    nudge(rebuild_task, segment.pk)
    return segment


@transaction.atomic
def change_segment(
    *,
    segment_id: int,
    actor: User | None,
    rule: dict[str, Any] | None = None,
    name: str | None = None,
    name_en: str | None = None,
    description: str | None = None,
    note: str = "",
) -> Segment:
    """Change words, or the rule: a rule that differs is a new version and is computed at once, the same rule again
    changes nothing. A segment that was put away, or a list given a rule, refuses."""
    tree = _checked(rule, actor, segment_id) if rule is not None else None
    segment = lock_segment(segment_id)
    if segment.state == Segment.State.ARCHIVED:
        raise SegmentRefused(_("This segment was put away. Take it out again first."))
    changed = {}
    for column, value in (("name", name), ("name_en", name_en), ("description", description)):
        if value is not None and getattr(segment, column) != value.strip():
            changed[column] = value.strip()
            setattr(segment, column, value.strip())
    _named(segment.name)
    if tree is not None and (segment.current is None or segment.current.rule_hash != hash_of(tree)):
        if segment.kind == Segment.Kind.LIST:
            raise SegmentRefused(_("An uploaded list has no rule."))
        changed["version"] = _write_version(segment, tree, actor, note).number
        segment.changed_at = timezone.now()
        nudge(rebuild_task, segment.pk)
    if changed:
        segment.save(update_fields=["name", "name_en", "description", "changed_at"])
        record(actor, "campaigns.segment_changed", segment, store=segment.store_id, **changed)
        forget_segments()
    return segment


@transaction.atomic
def archive_segment(*, segment_id: int, actor: User) -> Segment:
    """Put a segment away: it is no longer computed and cannot be sent to. A second call changes nothing; one that other
    segments refer to refuses."""
    lock_references()
    segment = lock_segment(segment_id)
    if segment.state == Segment.State.ARCHIVED:
        return segment
    others = Segment.objects.filter(state=Segment.State.ACTIVE).exclude(pk=segment_id).select_related("current")
    if users := [one.label for one in others if segment_id in references([one])[one.pk]]:
        raise SegmentRefused(_("Other segments refer to it: %(names)s.") % {"names": ", ".join(users[:5])})
    segment.state = Segment.State.ARCHIVED
    segment.save(update_fields=["state"])
    record(actor, "campaigns.segment_archived", segment, store=segment.store_id)
    return segment


@transaction.atomic
def restore_segment(*, segment_id: int, actor: User) -> Segment:
    """Take a segment out again; it is computed at once. A second call changes nothing."""
    segment = lock_segment(segment_id)
    if segment.state == Segment.State.ARCHIVED:
        segment.state, segment.changed_at = Segment.State.ACTIVE, timezone.now()
        segment.save(update_fields=["state", "changed_at"])
        record(actor, "campaigns.segment_restored", segment, store=segment.store_id)
        nudge(rebuild_task, segment.pk)
    return segment


@transaction.atomic
def pin_member(*, segment_id: int, member_id: int, pin: int, reason: str, actor: User | None) -> SegmentPin | None:
    """Put a member into a segment by hand (1), keep them out (-1), or leave it to the rule again (0). It holds at once.
    The same pin again only keeps the newer reason. A member who is merged, erased or closed refuses."""
    segment = lock_segment(segment_id)
    member = Member.objects.filter(pk=member_id).first()
    if member is None or member.is_merged or member.is_erased or member.status == Member.Status.CLOSED:
        raise SegmentRefused(_("This member belongs to no segment: merged, erased or closed."))
    if pin and not reason.strip():
        raise SegmentRefused(_("Please say why."), fields={"reason": True})
    pins = SegmentPin.objects.filter(segment_id=segment_id, member_id=member_id)
    kept = None
    if pin:
        facts = {"pin": pin, "reason": reason.strip()[:200], "made_by": actor, "made_at": timezone.now()}
        kept, _made = SegmentPin.objects.update_or_create(segment=segment, member_id=member_id, defaults=facts)
    else:
        pins.delete()
    settle_members(segment, [member_id])
    record(
        actor, "campaigns.member_pinned", member, store=segment.store_id, segment=segment_id, pin=pin,
        reason=reason.strip()[:200],
    )  # fmt: skip
    return kept


def _checked(rule: dict[str, Any], actor: User | None, segment_id: int | None = None) -> Group:
    """The tree of a rule whose fields the person may ask, and whose segments exist, are in use, and do not lead back."""
    tree = read_rule(rule)
    for known in {leaf.known.name: leaf.known for leaf in tree.leaves()}.values():
        if known.permission and actor is not None and not actor.has_perm(known.permission):
            raise SegmentRefused(_("Your role may not ask about “%(field)s”.") % {"field": known.label})
    wanted = segments_in(tree)
    if not wanted:
        return tree
    lock_references()
    found = {one.pk: one for one in Segment.objects.filter(pk__in=wanted)}
    for pk in wanted:
        if pk not in found:
            raise SegmentRefused(_("The rule refers to a segment that does not exist."))
        if found[pk].state == Segment.State.ARCHIVED:
            raise SegmentRefused(_("The rule refers to “%(name)s”, which was put away.") % {"name": found[pk].label})
    if segment_id is not None and (way := way_back(segment_id, tree)):
        names = dict(Segment.objects.filter(pk__in=way).values_list("pk", "name"))
        said = " → ".join(names[pk] for pk in [*way])
        raise SegmentRefused(_("The rule leads back to this segment: %(way)s.") % {"way": said})
    return tree


def _named(name: str) -> str:
    if not name.strip():
        raise SegmentRefused(_("Please give it a name."), fields={"name": True})
    return name.strip()[:120]


def _write_version(segment: Segment, tree: Group, actor: User | None, note: str) -> SegmentVersion:
    number = (segment.current.number if segment.current else 0) + 1
    version = SegmentVersion.objects.create(
        segment=segment, number=number, rule=as_document(tree), rule_hash=hash_of(tree), note=note[:200], made_by=actor
    )
    segment.current = version
    segment.save(update_fields=["current"])
    return version
