"""Files put to claims, bulletins, tasks, documents and circulations."""

from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.db import models

from kit.uploads import checked_upload, shown_name
from staff.models import User
from workflow.models import Paper


def put_papers(files: Sequence[UploadedFile], *, added_by: User, **owner: models.Model) -> list[Paper]:
    """Put checked files to one thing (`claim=`, `bulletin=`, `task=`, `document=` or `circulation=`); one that is
    refused refuses all."""
    named = [(shown_name(file), checked_upload(file)) for file in files]
    return [Paper.objects.create(file=file, name=name, added_by=added_by, **owner) for name, file in named]
