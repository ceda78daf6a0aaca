"""What moves nothing: comments, files, copies, reminders by hand, read marks."""

import hashlib
from datetime import timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kit.errors import Conflict, DomainError
from staff.audit import record
from staff.models import User
from staff.services.notices import notify
from workflow.exceptions import RequestClosed
from workflow.locks import lock_request
from workflow.models import ApprovalRequest, ApprovalTask, Attachment, Copy
from workflow.services.actions import append_action
from workflow.services.applying import apply
from workflow.services.messages import page_of

REMIND_AGAIN_AFTER = timedelta(hours=2)
MOST_BYTES = 20 * 1024 * 1024


@transaction.atomic
def comment_on(*, request_id: int, actor: User, comment: str) -> ApprovalRequest:
    """Say something that everybody concerned can read. Each call is another comment."""
    request = lock_request(request_id)
    append_action(request, "comment", actor=actor, at=timezone.now(), comment=comment)
    record(actor, "workflow.request_comment", request, store=request.store_id)
    return request


@transaction.atomic
def copy_to(*, request_id: int, actor: User, people: list[User], comment: str = "") -> ApprovalRequest:
    """Give people a copy; who has one already is not told again."""
    ids = [person.pk for person in people if person.is_active]
    request = ApprovalRequest.objects.get(pk=request_id)
    known = set(request.copies.filter(user__in=ids).values_list("user_id", flat=True))
    new = [pk for pk in ids if pk not in known]
    if not new:
        raise DomainError(_("Everybody you chose has a copy already."))
    return apply(request_id=request_id, verb="cc", actor=actor, comment=comment, people=new)


@transaction.atomic
def attach_file(*, request_id: int, actor: User, upload: UploadedFile) -> Attachment:
    """Put a file to an open request, up to 20 MB; the log keeps its digest."""
    request = lock_request(request_id)
    if not request.is_open:
        raise RequestClosed(request.get_status_display())
    if upload.size > MOST_BYTES:
        raise DomainError(_("The file is larger than 20 MB."))
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    attachment = Attachment.objects.create(
        request=request,
        file=upload,
        name=upload.name[:200],
        size=upload.size,
        digest=digest.hexdigest(),
        added_by=actor,
        added_at=timezone.now(),
    )
    payload = {"name": attachment.name, "sha256": attachment.digest}
    append_action(request, "attach", actor=actor, at=attachment.added_at, payload=payload)
    record(actor, "workflow.request_attach", request, store=request.store_id, file=attachment.name)
    return attachment


@transaction.atomic
def remind(*, request_id: int, actor: User) -> int:
    """催办: ask those who have not decided, each at most once in two hours. Returns how many were asked."""
    request = lock_request(request_id)
    if request.status != ApprovalRequest.Status.RUNNING:
        raise RequestClosed(request.get_status_display())
    now = timezone.now()
    tasks = request.tasks.filter(status="open").exclude(nudged_at__gt=now - REMIND_AGAIN_AFTER)
    waiting = list(tasks.exclude(assignee=actor).select_related("assignee"))
    if not waiting:
        raise Conflict(_("Everybody was reminded within the last two hours. Give them a moment."))
    ApprovalTask.objects.filter(pk__in=[task.pk for task in waiting]).update(nudged_at=now)
    for task in waiting:
        with translation.override(task.assignee.language):
            text = _("%(person)s asks you to decide: %(title)s.") % {"person": actor, "title": request.label}
            notify(users=[task.assignee], text=text, url=page_of(request))
    append_action(request, "remind", actor=actor, at=now, payload={"people": [task.assignee_id for task in waiting]})
    record(actor, "workflow.request_remind", request, store=request.store_id)
    return len(waiting)


def mark_read(*, request: ApprovalRequest, user: User) -> None:
    """Note that somebody has seen the request: their tasks and their copy. The first time counts."""
    now = timezone.now()
    ApprovalTask.objects.filter(request=request, assignee=user, status="open", read_at=None).update(read_at=now)
    Copy.objects.filter(request=request, user=user, read_at=None).update(read_at=now)
