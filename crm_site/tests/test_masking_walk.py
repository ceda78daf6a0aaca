"""Masking proved, not assumed: every page, fragment, export and API answer as each role, searched for unmasked numbers.

Numbers are looked for in every usual spelling; what is planted and how it is found is in `masking_world.py`.
"""

import json
import logging
import time
from collections.abc import Iterator

import pytest
from celery.signals import before_task_publish
from django.contrib import admin
from django.db.models import CompositePrimaryKey
from django.urls import reverse
from import_export.admin import ExportMixin

from callcenter.services.phone_systems import signature
from callcenter.tests.call_factories import make_system, ring
from crm_site.tests.masking_world import (
    Person,
    keep_stores_apart,
    leaks,
    numbers_in_database,
    plant,
    words_of,
)
from crm_site.tests.test_every_page_every_role import LANGUAGES, address, needing
from crm_site.tests.test_every_page_every_role import world as world
from kit import panels, phones
from loyalty.models import CouponKind
from loyalty.services.coupons import issue_coupon
from members.models import Member
from members.tests.factories import make_care
from staff.models import AuditEntry, Job, Notice
from staff.roles import Role
from staff.tests.factories import make_device

INSIDE, OUTSIDE = "370202199003074514", "370202199203074514"

# Who may read a trait in clear, of a member in scope and of one of another store. Telephone and identity numbers:
# nobody on any page; revealing one is a POST of its own, with a reason, audited.
DETAILS_IN_SCOPE = {"clerk", "associate", "agent", "marketer", "manager", "ceo", "admin"}
DETAILS_ELSEWHERE = {"admin"}
# The one form that holds a number: enrolling an unknown caller, for whoever took that call.
FILLED_IN = "members:member_enrol ?call"


@pytest.fixture
def planted(store_a, store_b, world) -> tuple[object, Person, Person]:
    """The world, with a member in the person's scope and one outside of it."""
    person, objects = world
    keep_stores_apart()
    inside = plant(person, store_a, name="欧阳近处", mark="340987", identity=_valid(INSIDE), others=False)
    outside = plant(person, store_b, name="欧阳远处", mark="650123", identity=_valid(OUTSIDE), others=True)
    if person.role == "associate":
        make_care(inside.member, person)
    return person, objects, inside, outside


def _valid(number: str) -> str:
    """An identity number with the check digit it needs."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], weights, strict=True))
    return number[:17] + "10X98765432"[total % 11]


def pages(objects: dict[str, object], inside: Person, outside: Person) -> Iterator[tuple[str, str]]:
    """Every address of the site about every planted thing: name and URL."""
    for name in needing(arguments=False):
        if name not in {"logout", "language_change", "theme_change"}:
            yield name, reverse(name)
    for name in needing(arguments=True):
        if name.startswith("loyalty:"):
            continue
        about = [objects]
        about += [{**objects, **one} for person in (inside, outside) for one in person.objects.values()]
        yield from {(name, address(name, one)) for one in about}
    for name in ("account_detail", "points_redeem", "coupon_issue", "adjustment_ask", "tier_grant"):
        for person in (inside, outside):
            yield f"loyalty:{name}", reverse(f"loyalty:{name}", args=[person.member.pk])
    for person in (inside, outside):
        receipt = person.objects["known"]["sales:receipt"].id
        for name in ("receipt_points", "till_done", "return_choose"):
            yield f"loyalty:{name}", reverse(f"loyalty:{name}", args=[receipt])
        yield "loyalty:line_return", reverse("loyalty:line_return", args=[receipt, 1])
        for panel in panels.registered():
            if panel.late and panel.slot.startswith("member"):
                url = reverse("panel_detail", args=[panel.slot, panel.name, person.member.pk])
                yield f"panel {panel.name}", url
        call = person.objects["unknown"]["callcenter:call_"]
        yield FILLED_IN, f"{reverse('members:member_enrol')}?call={call.pk}"
    for asked in ("欧阳", "0987", "0123", "13712", "secret.example"):
        for name in ("search", "members:member_search", "members:member_list", "members:desk"):
            yield f"{name} ?q={asked}", f"{reverse(name)}?q={asked}"


def administration() -> Iterator[tuple[str, str]]:
    """Every list of the administration, and the pages of some rows of each."""
    for model in admin.site._registry:
        place = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield place, reverse(f"{place}_changelist")
        if not isinstance(model._meta.pk, CompositePrimaryKey):
            for pk in model._default_manager.order_by("-pk").values_list("pk", flat=True)[:3]:
                yield place, reverse(f"{place}_change", args=[pk])


def secrets_for(role: str, inside: Person, outside: Person) -> set[str]:
    """What this role must not read anywhere."""
    hidden = numbers_in_database() | {inside.identity, outside.identity}
    if role not in DETAILS_IN_SCOPE:
        hidden |= set(inside.details.values())
    if role not in DETAILS_ELSEWHERE:
        hidden |= set(outside.details.values()) | {outside.member.name}
    return hidden


def walk(client, settings, person, objects, inside, outside) -> list[str]:
    """Open everything as a person; what can be read that may not be."""
    hidden = secrets_for(person.role, inside, outside)
    client.force_login(person)
    found = []
    addresses = [*pages(objects, inside, outside), *(administration() if person.role == "admin" else ())]
    for number, (name, url) in enumerate(addresses):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = LANGUAGES[number % 2]
        answers = [client.get(url)]
        if "page" in (getattr(answers[0], "context", None) or {}):
            answers.append(client.get(url, headers={"HX-Request": "true"}))
            answers.append(client.get(url, {"export": "xlsx"}))
        for answer in answers:
            read = leaks(words_of(answer), hidden)
            if name == FILLED_IN:
                read -= {inside.objects["unknown"]["callcenter:call_"].number.removeprefix("+86")}
            if read:
                found.append(f"{name} {url} shows {', '.join(sorted(read))} to {person.role}")
    return found


@pytest.mark.parametrize("role", Role.values)
def test_no_page_fragment_or_export_shows_what_the_role_may_not_see(client, settings, caplog, planted, role):
    person, objects, inside, outside = planted
    sent = []

    def remember(body=None, headers=None, **_more):
        sent.append(repr((body, headers)))

    before_task_publish.connect(remember)
    try:
        with caplog.at_level(logging.DEBUG):
            found = walk(client, settings, person, objects, inside, outside)
    finally:
        before_task_publish.disconnect(remember)
    assert not found, "\n".join(found)
    numbers = numbers_in_database() | {inside.identity, outside.identity}
    assert leaks(caplog.text, numbers) == set()
    assert leaks("\n".join(sent), numbers) == set()


@pytest.mark.parametrize("role", ["manager"])
def test_with_masking_off_the_walk_finds_dozens(client, settings, monkeypatch, planted, role):
    """The control: what proves something must be able to fail."""
    monkeypatch.setattr(phones, "mask", lambda e164: str(e164 or ""))
    found = walk(client, settings, *planted)
    assert len(found) >= 24, found


@pytest.mark.parametrize("role", ["manager"])
def test_what_is_remembered_holds_no_number(planted, role):
    _person, _objects, inside, outside = planted
    secrets = numbers_in_database() | {inside.identity, outside.identity}
    for text in AuditEntry.objects.values_list("data", flat=True):
        assert leaks(json.dumps(text, ensure_ascii=False, default=str), secrets) == set()
    for row in Notice.objects.values_list("text", "url"):
        assert leaks(" ".join(map(str, row)), secrets) == set()
    for row in Job.objects.values_list("input", "result", "message"):
        assert leaks(json.dumps(row, ensure_ascii=False, default=str), secrets) == set()


@pytest.mark.parametrize("role", ["admin"])
def test_no_export_of_the_administration_holds_a_number(rf, planted, role):
    person, _objects, inside, outside = planted
    secrets = numbers_in_database() | {inside.identity, outside.identity}
    request = rf.get("/admin/")
    request.user = person
    exported = 0
    for model, model_admin in admin.site._registry.items():
        if isinstance(model_admin, ExportMixin) and model._default_manager.exists():
            for resource in model_admin.get_export_resource_classes(request):
                assert leaks(resource().export(model._default_manager.all()).csv, secrets) == set(), model
                exported += 1
    assert exported > 3


@pytest.mark.parametrize("role", ["agent"])
def test_what_is_pushed_to_browsers_holds_no_number(planted, role, monkeypatch, django_capture_on_commit_callbacks):
    _person, objects, inside, outside = planted
    words = []
    monkeypatch.setattr("kit.push._publish", lambda _user, word: words.append(json.dumps(word)))
    line = objects["callcenter:line_leave"]
    with django_capture_on_commit_callbacks(execute=True):
        for number, caller in enumerate((inside.member, outside.member)):
            ring(line.system, line.extension, caller.phones.first().e164, f"p{number}")
    assert words
    assert leaks("\n".join(words), numbers_in_database()) == set()


@pytest.mark.parametrize("role", ["clerk"])
def test_no_answer_to_a_machine_holds_a_number(client, store_a, planted, role):
    _person, _objects, inside, outside = planted
    _device, token = make_device(store_a)
    signed_in = {"Authorization": f"Bearer {token}"}
    kind = CouponKind.objects.create(code="W1", name="满减券", amount=20)
    hidden = numbers_in_database() | {inside.identity, outside.identity}
    for person in (inside, outside):
        member = Member.objects.get(pk=person.member.pk)
        issue_coupon(kind_id=kind.pk, member_id=member.pk, source="t", source_key=str(member.pk), actor=None)
        mobile = member.phones.order_by("pk").first().e164
        for query in (f"phone={mobile[3:]}", f"card={member.cards.first().number}", f"number={member.member_no}"):
            answer = client.get(f"/api/v1/members/lookup?{query}", headers=signed_in)
            assert answer.status_code == 200
            assert leaks(words_of(answer), hidden) == set(), query
        body = {"name": member.name, "phone": mobile[3:]}
        answer = client.post(
            "/api/v1/members", json.dumps(body), content_type="application/json",
            headers={**signed_in, "Idempotency-Key": f"walk-{member.pk:08d}"},
        )  # fmt: skip
        assert answer.status_code == 200
        assert leaks(words_of(answer), hidden) == set()


@pytest.mark.parametrize("role", ["agent"])
def test_the_telephone_system_is_told_no_number_it_did_not_ask_for(client, planted, role):
    _person, _objects, inside, _outside = planted
    system = make_system(code="walked")
    number = inside.member.phones.order_by("pk").first().e164
    for what, body in (
        ("events", {"event": "ringing", "call_id": "w1", "extension": "801", "from": number, "to": "4008208820"}),
        ("conceal", {"number": number}),
    ):
        raw, timestamp = json.dumps(body).encode(), str(int(time.time()))
        answer = client.post(
            f"/api/v1/calls/walked/{what}", raw, content_type="application/json",
            headers={"X-Atrium-Timestamp": timestamp, "X-Atrium-Signature": signature(system, timestamp, raw)},
        )  # fmt: skip
        assert answer.status_code == 200
        assert leaks(words_of(answer), numbers_in_database()) == set()


def test_every_spelling_of_a_number_is_found():
    for text in (
        "13712340987", "+8613712340987", "+86 137 1234 0987", "137-1234-0987", "%2B86137%201234%200987",
        '{"phone": "\\u002b86137\\u00201234\\u00200987"}', '<a href="tel:+86-137-1234-0987">', "137&nbsp;1234&#32;0987",
        "<b>137</b>12340987", "members-13712340987.xlsx", "(137) 1234.0987", "0086 137-1234-0987",
    ):  # fmt: skip
        assert leaks(text, {"13712340987"}), text
    assert leaks("137****0987", {"13712340987"}) == set()
