"""Bulletins (公告): published once to everybody they are for, with a list of who has read."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from kit.errors import DomainError
from staff.audit import record
from staff.models import User
from staff.services.notices import notify
from workflow.models import Bulletin, BulletinReader
from workflow.services.audience import audience
from workflow.services.papers import put_papers


@transaction.atomic
def publish_bulletin(
    *,
    title: str,
    body: str,
    stores: Sequence[int],
    departments: Sequence[int],
    roles: Sequence[str],
    until: date | None,
    files: Sequence[UploadedFile],
    actor: User,
) -> Bulletin:
    """Publish to everybody it is for, with a notice to each. Each call publishes; nobody to read it refuses."""
    people = list(audience(stores=stores, departments=departments, roles=roles))
    if not people:
        raise DomainError(_("Nobody belongs to these stores, departments and roles."), code="nobody")
    bulletin = Bulletin.objects.create(
        title=title,
        body=body,
        author=actor,
        stores=list(stores),
        departments=list(departments),
        roles=list(roles),
        until=until,
        published_at=timezone.now(),
    )
    put_papers(files, added_by=actor, bulletin=bulletin)
    BulletinReader.objects.bulk_create([BulletinReader(bulletin=bulletin, user=one) for one in people], batch_size=1000)
    for language in User.Language:
        with override(language):
            text = _("Bulletin: %(title)s") % {"title": title}
        readers = [one for one in people if one.language == language and one.pk != actor.pk]
        notify(users=readers, text=text, url=reverse("workflow:bulletin_detail", args=[bulletin.pk]))
    record(actor, "workflow.bulletin_published", bulletin, readers=len(people))
    return bulletin


@transaction.atomic
def mark_bulletin_read(*, bulletin_id: int, user: User) -> None:
    """Note that somebody has read it. A second call keeps the first time."""
    BulletinReader.objects.filter(bulletin_id=bulletin_id, user=user, read_at=None).update(read_at=timezone.now())


@transaction.atomic
def remind_readers(*, bulletin_id: int, actor: User) -> int:
    """Send another notice to everybody who has not read it; returns how many."""
    bulletin = Bulletin.objects.get(pk=bulletin_id)
    late = User.objects.filter(
        pk__in=BulletinReader.objects.filter(bulletin=bulletin, read_at=None).values("user_id"), is_active=True
    )
    reminded = 0
    for language in User.Language:
        with override(language):
            text = _("Please read: %(title)s") % {"title": bulletin.title}
        found = late.filter(language=language)
        reminded += len(notify(users=found, text=text, url=reverse("workflow:bulletin_detail", args=[bulletin.pk])))
    record(actor, "workflow.bulletin_reminded", bulletin, readers=reminded)
    return reminded


@transaction.atomic
def end_bulletin(*, bulletin_id: int, actor: User) -> None:
    """Take it off everybody's page; it stays in the archive with its read list. A second call changes nothing."""
    bulletin = Bulletin.objects.select_for_update(no_key=True).get(pk=bulletin_id)
    today = timezone.localdate()
    if bulletin.until is None or bulletin.until >= today:
        bulletin.until = today - timedelta(days=1)
        bulletin.save(update_fields=["until"])
        record(actor, "workflow.bulletin_ended", bulletin)
