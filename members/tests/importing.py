"""Imports in tests: a file from rows, checked and applied at once."""

import csv
import io
from collections.abc import Sequence

from django.core.files.base import ContentFile

from members.models import MemberImport, StagedMember
from members.services.imports import running
from members.services.imports.applying import State, apply_import
from staff.models import User


def as_csv(header: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8")


def uploaded(content: bytes, *, actor: User | None = None, name: str = "members.csv", **spec: object) -> MemberImport:
    batch = running.upload_import(file=ContentFile(content, name), actor=actor)
    batch.spec = {**batch.spec, **spec}
    batch.save()
    return batch


def checked(content: bytes, *, actor: User | None = None, name: str = "members.csv", **spec: object) -> MemberImport:
    batch = running.check(uploaded(content, actor=actor, name=name, **spec))
    batch.state = State.CHECKED
    batch.save()
    return batch


def applied(content: bytes, *, actor: User | None = None, **spec: object) -> MemberImport:
    return apply_import(checked(content, actor=actor, **spec), actor=actor)


def verdicts(batch: MemberImport) -> dict[int, str]:
    return dict(StagedMember.objects.filter(batch=batch).order_by("row_no").values_list("row_no", "verdict"))


def reasons(batch: MemberImport, row_no: int) -> dict[str, str]:
    return StagedMember.objects.get(batch=batch, row_no=row_no).reasons
