"""Rows of several tables in one statement come back as the instances a query of their own would give."""

import pytest
from django.db.models import OuterRef

from kit.together import revived, rows_of
from members.models import Member, MemberCard, MemberNote, MemberPhone
from members.tests.factories import make_member
from staff.models import User

pytestmark = pytest.mark.django_db


def test_every_column_survives_with_its_type(store_a, ada):
    member = make_member(store=store_a)
    note = MemberNote.objects.create(member=member, text='引号 " 换行\n尾', by=ada)
    row = (
        Member.objects.filter(pk=member.pk)
        .values(
            notes_=rows_of(MemberNote.objects.filter(member=OuterRef("pk")), by=("display_name", "username")),
            cards_=rows_of(MemberCard.objects.filter(member=OuterRef("pk"))),
            phones_=rows_of(MemberPhone.objects.filter(member=OuterRef("pk"))),
        )
        .get()
    )
    for model, rows in ((MemberNote, row["notes_"]), (MemberCard, row["cards_"]), (MemberPhone, row["phones_"])):
        (one,), stored = revived(model, rows), model.objects.get()
        for field in model._meta.concrete_fields:
            assert getattr(one, field.attname) == getattr(stored, field.attname), field
    (revived_note,) = revived(MemberNote, row["notes_"])
    assert revived_note.pk == note.pk
    assert isinstance(revived_note.by, User)
    assert str(revived_note.by) == "Ada"


def test_an_empty_relation_stays_empty(store_a):
    member = make_member(store=store_a)
    MemberNote.objects.create(member=member, text="x")
    rows = rows_of(MemberNote.objects.filter(member=OuterRef("pk")), by=("username",))
    (one,) = revived(MemberNote, Member.objects.filter(pk=member.pk).values(found=rows).get()["found"])
    assert one.by is None
