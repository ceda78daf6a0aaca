"""Facts a store defines for itself and colleagues learn about members."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import DomainError
from members.models import FieldDefinition
from members.selectors.facts import definitions, known_facts
from members.services.facts import learn_facts
from members.tests.factories import make_member
from staff.models import AuditEntry

Kind = FieldDefinition.Kind


@pytest.fixture
def fields(db):
    made = {
        "shoe": FieldDefinition.objects.create(
            key="shoe", name="鞋码", name_en="Shoe size", kind=Kind.NUMBER, group="sizes"
        ),
        "wedding": FieldDefinition.objects.create(
            key="wedding", name="结婚纪念日", kind=Kind.OCCASION, group="occasions"
        ),
        "style": FieldDefinition.objects.create(
            key="style",
            name="风格",
            name_en="Style",
            kind=Kind.CHOICES,
            options=[["calm", "素雅", "Calm"], ["bold", "张扬", "Bold"]],
        ),
        "car": FieldDefinition.objects.create(key="car", name="开车来", name_en="Comes by car", kind=Kind.YES_NO),
    }
    definitions.forget()
    return made


@pytest.fixture
def member(store_a):
    return make_member(store=store_a)


def test_facts_are_learnt_in_one_form_and_shown_in_the_pages_language(client, settings, ada, fields, member):
    client.force_login(ada)
    answer = client.post(
        reverse("members:facts_learn", args=[member.pk]),
        {"shoe": "38", "wedding": "10-06", "style": ["calm", "bold"], "car": "yes"},
    )
    assert answer.status_code == 302
    member.refresh_from_db()
    assert member.custom == {"shoe": "38", "wedding": "10-06", "style": ["calm", "bold"], "car": True}
    page = client.get(reverse("members:member_detail", args=[member.pk])).content.decode()
    assert "素雅 · 张扬" in page
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = client.get(reverse("members:member_detail", args=[member.pk])).content.decode()
    assert "Calm · Bold" in page
    assert "Shoe size" in page


def test_a_wrong_value_is_refused_beside_its_field_and_keeps_what_was_typed(client, ada, fields, member):
    client.force_login(ada)
    answer = client.post(reverse("members:facts_learn", args=[member.pk]), {"shoe": "huge", "wedding": "02-30"})
    assert answer.status_code == 422
    assert "huge" in answer.content.decode()
    member.refresh_from_db()
    assert member.custom == {}


def test_an_emptied_field_is_forgotten_and_facts_not_named_stay(ada, fields, member):
    learn_facts(member_id=member.pk, facts={"shoe": "38", "car": "no"}, actor=ada)
    member = learn_facts(member_id=member.pk, facts={"shoe": ""}, actor=ada)
    assert member.custom == {"car": False}


def test_the_same_again_writes_no_second_audit_line_and_the_line_holds_no_value(ada, fields, member):
    for _twice in range(2):
        learn_facts(member_id=member.pk, facts={"shoe": "38.5"}, actor=ada)
    (entry,) = AuditEntry.objects.filter(action="members.facts_learnt")
    assert entry.data["fields"] == ["shoe"]
    assert "38" not in str(entry.data)


def test_a_field_nobody_defined_is_refused(ada, fields, member):
    with pytest.raises(DomainError):
        learn_facts(member_id=member.pk, facts={"secret": "x"}, actor=ada)


def test_a_field_no_longer_asked_for_disappears_from_page_and_form(client, ada, fields, member):
    learn_facts(member_id=member.pk, facts={"shoe": "38"}, actor=ada)
    FieldDefinition.objects.filter(key="shoe").update(is_active=False)
    definitions.forget()
    member.refresh_from_db()
    assert known_facts(member) == []
    client.force_login(ada)
    assert 'name="shoe"' not in client.get(reverse("members:facts_learn", args=[member.pk])).content.decode()


def test_who_may_not_is_refused(client, cho, fields, member):
    client.force_login(cho)
    assert client.get(reverse("members:facts_learn", args=[member.pk])).status_code == 403


@given(st.sampled_from(list(Kind)), st.text(max_size=40))
def test_what_is_read_reads_the_same_again(kind, text):
    """Hostile or not: a value is refused with a sentence, or stored so that reading it again changes nothing."""
    one = FieldDefinition(key="k", name="k", kind=kind, options=[["a", "甲", "A"], ["b", "乙", "B"]])
    try:
        value = one.read(text)
    except ValueError:
        return
    assert value is None or one.read(value) == value
    if value is not None:
        assert "\x00" not in one.shown(value)
