"""Every page of the site, opened as every role: never a broken page, and whoever may not is told so.

The list comes from the site's own URLs, so a new page is in this test from its first day. Pages of loyalty that need an
object are in `loyalty/tests/test_pages_roles.py`, the tills' API in `tests/test_api_contract.py`.
"""

from collections.abc import Iterator
from functools import cache

import pytest
from django.urls import URLPattern, get_resolver, reverse

from callcenter.tests.pages_calls import call_address, call_objects
from callcenter.tests.pages_desk import desk_address, desk_objects
from campaigns.tests.pages_projects import project_address, project_objects
from campaigns.tests.pages_segments import segment_address, segment_objects
from campaigns.tests.pages_sends import send_address, send_objects
from loyalty.tests.factories import make_programme, make_scheme, sell
from members.models import ErasureRequest, GroupContact
from members.tests.factories import make_buyer, make_care, make_contact, make_group, make_member
from members.tests.pages_households import household_address, household_objects
from members.tests.pages_imports import import_objects
from sales.tests.factories import line_draft
from staff.models import Job, Outbox
from staff.roles import Role
from staff.services.notices import notify
from staff.tests.factories import make_user
from stores.tests.factories import make_brand, make_counter
from suppliers.tests.pages_contracts import contract_objects
from suppliers.tests.pages_parties import party_address, party_objects
from workflow.tests.pages import workflow_address, workflow_objects

OPEN = {"healthz", "readyz", "login", "logout", "language_change", "theme_change"}
LANGUAGES = ("zh-hans", "en")
FINE = {200, 302, 403, 405}


@cache
def patterns() -> dict[str, URLPattern]:
    """Every named URL with its namespace."""

    def walk(resolver: object, spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, URLPattern]]:
        for one in resolver.url_patterns:
            if isinstance(one, URLPattern):
                if one.name:
                    yield ":".join([*spaces, one.name]), one
            else:
                yield from walk(one, (*spaces, one.namespace) if one.namespace else spaces)

    return dict(walk(get_resolver()))


def needing(*, arguments: bool, admin: bool = False) -> list[str]:
    """The names of the URLs that take arguments, or of those that take none; of the administration, or of the site."""
    return sorted(
        name
        for name, one in patterns().items()
        if bool(one.pattern.regex.groups) == arguments
        and name.startswith("admin:") == admin
        and not name.startswith("api:")
    )


@pytest.fixture
def world(store_a, role):
    """Somebody of the role in store A, and one of everything a page may be about."""
    make_programme()
    make_scheme()
    counter = make_counter(store_a, brand=make_brand())
    person = make_user(role, [store_a], counters=[counter], username="person")
    member, group = make_member(store=store_a), make_group(store=store_a)
    sale = sell(store_a, member, line_draft(net="5000.00", counter=counter))
    notify(users=[person], text="导入完成", url="/jobs/")
    objects = {
        "members:card": member.cards.get(),
        "members:phone": member.phones.get(),
        "members:group_contact_add": group,
        "members:group_contact_retire": GroupContact.objects.create(group=group, name="王经理"),
        "members:buyer_add": group,
        "members:buyer_retire": make_buyer(group),
        "members:discount_agree": group,
        "members:care_end": make_care(member, person),
        "members:contact": make_contact(store_a),
        "members:erasure": ErasureRequest.objects.create(member=group, due_on="2026-12-01"),
        "sales:receipt": sale.receipt,
        "staff:job": Job.objects.create(kind="x", created_by=person, store=store_a, state="failed", message="No."),
        "staff:notice": person.notices.get(),
        "staff:outbox": Outbox.objects.create(
            channel="sms", to="+8613900000000", body="你好", purpose="test", dedupe_key="w"
        ),
        **workflow_objects(person, store_a),
        **party_objects(person, store_a, counter),
        **contract_objects(person, store_a, counter),
        **desk_objects(person, store_a, counter, member),
        **call_objects(person, store_a, member),
        **import_objects(person, member),
        **household_objects(person, member),
        **project_objects(person, store_a, member),
        **segment_objects(person, store_a, member),
        **send_objects(person, store_a, member),
        "dashboard_counter": counter,
        "dashboard_brand": counter.brand,
        "members:": member,
    }
    return person, objects


def address(name: str, objects: dict[str, object]) -> str:
    """The URL of a page about the object whose key its name begins with; the longest key counts."""
    if name.startswith("workflow:") and (special := workflow_address(name, objects)):
        return special
    if name.startswith("suppliers:") and (special := party_address(name, objects)):
        return special
    if name.startswith("campaigns:") and (special := segment_address(name, objects)):
        return special
    if name.startswith("callcenter:") and (special := call_address(name, objects)):
        return special
    if name.startswith("callcenter:") and (special := desk_address(name, objects)):
        return special
    if special := send_address(name, objects):
        return special
    if special := project_address(name, objects):
        return special
    if special := household_address(name, objects):
        return special
    match name:
        case "callcenter_link:case_answer" | "callcenter_link:case_rate" | "callcenter_link:case_unsettled":
            return reverse(name, args=["no-such-link"])
        case "suppliers_link:answer" | "suppliers_link:statement":
            return reverse(name, args=["no-such-link"])
        case "me_cases:case_detail" | "me_cases:case_answer":
            return reverse(name, args=[1])
        case "me:apply_in_store":
            return reverse(name, args=["none-such"])
        case "panel_detail":
            return reverse(name, args=["member.side", "none-such", objects["members:"].pk])
        case "dashboard_table":
            return reverse(name, args=["stores"])
        case "members:card_issue" | "members:phone_add":
            return reverse(name, args=[objects["members:"].pk])
        case "members:buyer_card_issue":
            buyer = objects["members:buyer_retire"]
            return reverse(name, args=[buyer.group_id, buyer.pk])
    key = max((key for key in objects if name.startswith(key)), key=len, default=None)
    assert key, f"{name}: this test has no object for it"
    found = objects[key]
    return reverse(name, args=[getattr(found, "pk", None) or found.id])


def may(person: object, name: str) -> bool:
    permissions = getattr(patterns()[name].callback, "permissions", ())
    return not permissions or any(person.has_perm(permission) for permission in permissions)


@pytest.mark.parametrize("role", Role.values)
def test_no_page_breaks_and_no_page_opens_to_the_wrong_role(client, settings, world, role):
    person, objects = world
    urls = [(name, reverse(name)) for name in needing(arguments=False) if name != "logout"]
    urls += [(name, address(name, objects)) for name in needing(arguments=True) if not name.startswith("loyalty:")]
    client.force_login(person)
    for number, (name, url) in enumerate(urls):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = LANGUAGES[number % 2]
        status = client.get(url).status_code
        if name == "panel_detail":
            assert status == 404, name
        elif name == "readyz":
            assert status in (200, 503)
        elif may(person, name):
            # A page may still be about something this role is not shown: then it is not there.
            assert status in FINE | ({404} if patterns()[name].pattern.regex.groups else set()), f"{name} {status}"
            if not patterns()[name].pattern.regex.groups:
                assert status != 403, f"{name} is refused to {role}, who holds its permission"
        else:
            assert status in (403, 405), f"{name} answers {status} to {role}"


@pytest.mark.parametrize("role", Role.values)
def test_every_word_of_the_menu_opens(client, settings, world, role):
    person, _objects = world
    client.force_login(person)
    opened = 0
    for language in LANGUAGES:
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        for link in client.get("/", follow=True).context["menu"]:
            assert client.get(link.url).status_code == 200, f"{role} {language} {link.url}"
            opened += 1
    assert opened


@pytest.mark.parametrize("role", ["admin"])
def test_who_is_not_signed_in_is_asked_to(client, world, role):
    _person, objects = world
    for name in needing(arguments=False):
        if name not in OPEN and not name.startswith(("me:", "me_cases:")):
            assert client.get(reverse(name)).url.startswith("/login/"), name
    for name in needing(arguments=True):
        if not name.startswith(
            (
                "loyalty:",
                "suppliers_link:",
                "callcenter_link:",
                "survey_link:",
                "me:",
                "me_cases:",
                "me_surveys:",
                "track:",
            )
        ):
            assert client.get(address(name, objects)).url.startswith("/login/"), name


@pytest.mark.parametrize("role", ["admin"])
def test_every_list_and_form_of_the_administration_opens(client, settings, world, role):
    person, _objects = world
    client.force_login(person)
    skipped = {"admin:logout", "admin:login", "admin:autocomplete"}
    for number, name in enumerate(name for name in needing(arguments=False, admin=True) if name not in skipped):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = LANGUAGES[number % 2]
        assert client.get(reverse(name)).status_code in FINE, name


@pytest.mark.parametrize("role", [role for role in Role.values if role != "admin"])
def test_the_administration_is_the_administrators(client, world, role):
    person, _objects = world
    client.force_login(person)
    for name in ("admin:index", "admin:staff_user_changelist", "admin:loyalty_pointstxn_changelist"):
        assert client.get(reverse(name)).status_code in (302, 403), name
