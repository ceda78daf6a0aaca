"""What who asks does: submit, submit again, withdraw, ask to revoke; and what apps ask about their subjects."""

from collections.abc import Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from staff.models import User
from workflow.exceptions import AlreadyUnderApproval, MoneyMoved, NotYours, RequestClosed
from workflow.models import ApprovalRequest
from workflow.registry import Subject, declared_facts, kind_of, subject_of
from workflow.services.applying import apply
from workflow.services.choosing import chosen_now, require_choices
from workflow.services.flows import version_for


@transaction.atomic
def submit(
    *,
    subject: models.Model,
    actor: User,
    urgent: bool = False,
    comment: str = "",
    choices: dict[str, list[int]] | None = None,
) -> ApprovalRequest:
    """Ask for approval under the published flow of the subject's kind. `choices`: people chosen, by node key; those
    chosen on the page where nobody is given. Raises ChoiceNeeded where the flow wants people and has none.

    A returned request goes on; one in approval refuses a second.
    """
    kind = kind_of(subject)
    choices = choices or chosen_now()
    standing = open_request_of(subject)
    if standing is not None:
        return _resubmit(standing, kind, subject, actor, comment, choices)
    request = _begin(kind, subject, actor, is_urgent=urgent, choices=choices)
    require_choices(request, request.facts)
    return apply(request_id=request.pk, verb="submit", actor=actor, comment=comment, facts=request.facts)


@transaction.atomic
def withdraw(*, request_id: int, actor: User, comment: str = "") -> ApprovalRequest:
    """Take the own request back while it is in approval or returned. A finished one refuses."""
    request = ApprovalRequest.objects.get(pk=request_id)
    if request.initiator_id != actor.pk:
        raise NotYours(_("Only who asked can withdraw the request."))
    return apply(request_id=request_id, verb="withdraw", actor=actor, comment=comment)


@transaction.atomic
def ask_revocation(*, request_id: int, actor: User, comment: str) -> ApprovalRequest:
    """Ask to take an approval back: a request of its own along the same flow. Refused once it has had its effect."""
    original = ApprovalRequest.objects.select_related("version__flow").get(pk=request_id)
    kind, subject = subject_of(original.subject_type), original.subject
    if original.status != ApprovalRequest.Status.APPROVED or original.revokes_id:
        raise RequestClosed(original.get_status_display())
    if not kind.may_revoke(subject):
        raise MoneyMoved
    request = _begin(kind, subject, actor, revokes=original, choices=original.choices)
    return apply(request_id=request.pk, verb="submit", actor=actor, comment=comment, facts=request.facts)


@transaction.atomic
def subject_changed(*, subject: models.Model, actor: User) -> ApprovalRequest | None:
    """To be called after editing a subject: when its fingerprint no longer fits, the request in approval goes back to
    who asked. Calling it again changes nothing. Call it before locking rows of higher floors."""
    request = open_request_of(subject)
    if request is None or request.revokes_id is not None:
        return request
    if kind_of(subject).approval_fingerprint(subject) == request.fingerprint:
        return request
    if request.status == ApprovalRequest.Status.RETURNED and not request.progress.get("resume"):
        return request
    return apply(request_id=request.pk, verb="changed", actor=actor)


def open_request_of(subject: models.Model) -> ApprovalRequest | None:
    """The request in approval (or returned) about this subject."""
    return _requests_of(subject).filter(status__in=ApprovalRequest.OPEN).first()


def last_request_of(subject: models.Model) -> ApprovalRequest | None:
    """The latest request to approve this subject, whatever became of it."""
    return _requests_of(subject).filter(revokes__isnull=True).order_by("-pk").first()


def last_requests_of(subjects: Sequence[models.Model]) -> dict[int, ApprovalRequest]:
    """The latest request about each of these subjects of one kind, by the subject's number."""
    if not subjects:
        return {}
    kind = ContentType.objects.get_for_model(type(subjects[0]))
    rows = ApprovalRequest.objects.filter(
        content_type=kind, object_id__in=[one.pk for one in subjects], revokes__isnull=True
    )
    return {row.object_id: row for row in rows.order_by("pk")}


def is_approved(subject: models.Model) -> bool:
    """Whether the subject is approved as it now is: approved, not revoked, and nothing approved has changed since."""
    request = last_request_of(subject)
    return (
        request is not None
        and request.status == ApprovalRequest.Status.APPROVED
        and kind_of(subject).approval_fingerprint(subject) == request.fingerprint
    )


def _requests_of(subject: models.Model) -> models.QuerySet[ApprovalRequest]:
    kind = ContentType.objects.get_for_model(type(subject))
    return ApprovalRequest.objects.filter(content_type=kind, object_id=subject.pk)


def _begin(kind: Subject, subject: models.Model, actor: User, **fields: Any) -> ApprovalRequest:
    """The row of a new request; the database allows one open request per subject."""
    version = version_for(kind)
    title, title_en = titles(kind, subject, revoking=bool(fields.get("revokes")))
    try:
        with transaction.atomic():
            return ApprovalRequest.objects.create(
                number=next_number(),
                version=version,
                subject_type=kind.key,
                content_type=ContentType.objects.get_for_model(type(subject)),
                object_id=subject.pk,
                title=title,
                title_en=title_en,
                store=kind.store(subject),
                facts=declared_facts(kind, subject),
                fingerprint=kind.approval_fingerprint(subject),
                initiator=actor,
                submitted_at=timezone.now(),
                **fields,
            )
    except IntegrityError as exc:
        standing = open_request_of(subject)
        raise AlreadyUnderApproval(standing.number if standing else "") from exc


def _resubmit(
    request: ApprovalRequest,
    kind: Subject,
    subject: models.Model,
    actor: User,
    comment: str,
    choices: dict[str, list[int]],
) -> ApprovalRequest:
    if request.status != ApprovalRequest.Status.RETURNED or request.revokes_id:
        raise AlreadyUnderApproval(request.number)
    if request.initiator_id != actor.pk:
        raise NotYours(_("Only who asked can submit it again."))
    fingerprint = kind.approval_fingerprint(subject)
    changed = fingerprint != request.fingerprint
    facts = declared_facts(kind, subject)
    title, title_en = titles(kind, subject, revoking=False)
    request.choices = request.choices | choices
    require_choices(request, facts)
    ApprovalRequest.objects.filter(pk=request.pk).update(
        fingerprint=fingerprint, title=title, title_en=title_en, store=kind.store(subject), choices=request.choices
    )
    return apply(request_id=request.pk, verb="resubmit", actor=actor, comment=comment, facts=facts, changed=changed)


def titles(kind: Subject, subject: models.Model, *, revoking: bool) -> tuple[str, str]:
    """The title of a request in Chinese and English."""
    found = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            title = str(kind.title(subject))
            found.append((_("Revoke: %(title)s") % {"title": title} if revoking else title)[:200])
    return found[0], found[1]


def next_number() -> str:
    """The next request number, from a sequence: SP00001234."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('workflow_request_number')")
        return f"SP{cursor.fetchone()[0]:08d}"
