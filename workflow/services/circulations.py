"""Passing documents round (传阅): one reader after the other, or all at once, with a mark and a remark from each.

Read marks live here alone: nothing that happens to an approval touches them.
"""

from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from kit.errors import Conflict, DomainError, NotFound, PermissionRefused
from staff.audit import record
from staff.models import User
from staff.services.notices import notify
from workflow.models import Circulation, CirculationReader, OfficialDocument
from workflow.services.papers import put_papers

Status = CirculationReader.Status
LEFT = (Status.WAITING, Status.READING)


@transaction.atomic
def start_circulation(
    *,
    title: str,
    note: str,
    mode: str,
    readers: Sequence[User],
    files: Sequence[UploadedFile],
    document: OfficialDocument | None,
    actor: User,
) -> Circulation:
    """Pass it to the readers, in this order or to all at once. Each call starts one; no readers refuse."""
    people = list(dict.fromkeys(readers))
    if not people:
        raise DomainError(_("Choose at least one reader."), fields={"readers": True})
    circulation = Circulation.objects.create(title=title, note=note, mode=mode, document=document, started_by=actor)
    put_papers(files, added_by=actor, circulation=circulation)
    CirculationReader.objects.bulk_create(
        CirculationReader(circulation=circulation, user=user, place=place) for place, user in enumerate(people, start=1)
    )
    _pass_on(circulation)
    record(actor, "workflow.circulation_started", circulation, readers=len(people))
    return circulation


@transaction.atomic
def open_circulation(*, circulation_id: int, user: User) -> None:
    """Note when a reader first looked at it. A second call keeps the first time."""
    CirculationReader.objects.filter(
        circulation_id=circulation_id, user=user, status=Status.READING, opened_at=None
    ).update(opened_at=timezone.now())


@transaction.atomic
def mark_circulation_read(*, circulation_id: int, remark: str, user: User) -> Circulation:
    """A reader has read it; the next one gets it, after the last one it ends. Whose turn it is not is refused."""
    circulation = _locked(circulation_id)
    reader = circulation.readers.filter(user=user).first()
    if reader is None or reader.status != Status.READING:
        raise Conflict(_("It is not your turn to read this, or you have read it already."))
    reader.status, reader.read_at, reader.remark = Status.READ, timezone.now(), remark
    reader.opened_at = reader.opened_at or reader.read_at
    reader.save(update_fields=["status", "read_at", "remark", "opened_at"])
    _pass_on(circulation)
    return circulation


@transaction.atomic
def add_reader(*, circulation_id: int, reader: User, actor: User) -> CirculationReader:
    """Put one more reader at the end. Somebody who is on the list already refuses."""
    circulation = _own(circulation_id, actor)
    if circulation.readers.filter(user=reader).exclude(status=Status.SKIPPED).exists():
        raise Conflict(_("%(name)s is on the list already.") % {"name": reader}, fields={"reader": True})
    last = circulation.readers.order_by("-place").first()
    added, _new = CirculationReader.objects.update_or_create(
        circulation=circulation,
        user=reader,
        defaults={"place": (last.place if last else 0) + 1, "status": Status.WAITING, "read_at": None},
    )
    record(actor, "workflow.circulation_reader_added", circulation, reader=reader)
    _pass_on(circulation)
    return added


@transaction.atomic
def skip_reader(*, circulation_id: int, reader_id: int, actor: User) -> None:
    """Take somebody off who has not read; the next one gets it. Whoever has read stays on the list."""
    circulation = _own(circulation_id, actor)
    changed = circulation.readers.filter(pk=reader_id, status__in=LEFT).update(status=Status.SKIPPED)
    if not changed:
        raise Conflict(_("This reader has read it already."))
    record(actor, "workflow.circulation_reader_skipped", circulation, reader=reader_id)
    _pass_on(circulation)


@transaction.atomic
def move_reader_up(*, circulation_id: int, reader_id: int, actor: User) -> None:
    """Let a waiting reader read before the one before; the first waiting one stays where it is."""
    circulation = _own(circulation_id, actor)
    waiting = list(circulation.readers.filter(status=Status.WAITING).order_by("place"))
    index = next((i for i, one in enumerate(waiting) if one.pk == reader_id), 0)
    if index == 0:
        return
    before, after = waiting[index - 1], waiting[index]
    before.place, after.place = after.place, before.place
    CirculationReader.objects.bulk_update([before, after], ["place"])


def _pass_on(circulation: Circulation) -> None:
    """Give it to whoever is to read next; end it when nobody is left."""
    left = list(circulation.readers.filter(status__in=LEFT).select_related("user").order_by("place"))
    if not left:
        circulation.ended_at = timezone.now()
        circulation.save(update_fields=["ended_at"])
        _tell(circulation, [circulation.started_by], gettext_noop("Everybody has read: %(title)s"))
        return
    due = left if circulation.mode == Circulation.Mode.AT_ONCE else left[:1]
    new = [reader for reader in due if reader.status == Status.WAITING]
    circulation.readers.filter(pk__in=[reader.pk for reader in new]).update(status=Status.READING)
    _tell(circulation, [reader.user for reader in new], gettext_noop("To read: %(title)s"))


def _tell(circulation: Circulation, people: Sequence[User], text: str) -> None:
    for person in people:
        with override(person.language):
            said = _(text) % {"title": circulation.title}
        notify(users=[person], text=said, url=reverse("workflow:circulation_detail", args=[circulation.pk]))


def _locked(circulation_id: int) -> Circulation:
    found = (
        Circulation.objects.select_for_update(no_key=True, of=("self",))
        .select_related("started_by")
        .filter(pk=circulation_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such circulation."))
    if found.ended_at:
        raise Conflict(_("It has ended: everybody has read it."))
    return found


def _own(circulation_id: int, actor: User) -> Circulation:
    circulation = _locked(circulation_id)
    if circulation.started_by_id != actor.pk:
        raise PermissionRefused(_("Only who started it can change who reads it."))
    return circulation
