"""What the walk for unmasked numbers plants in a store, and how it looks for it in whatever the site answers."""

import gzip
import html
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus

from django.apps import apps
from django.db import models
from django.http import HttpResponse
from django.utils import timezone
from openpyxl import load_workbook

from callcenter.models import Call, PhoneSystem
from callcenter.tests.factories import make_case, make_visit
from loyalty.tests.factories import sell
from members.models import GroupContact, Member, MemberPhone
from members.services.identities import record_identity
from members.services.merging import merge_members
from members.services.search_rows import write_search_row
from members.tests.factories import make_buyer, make_contact, make_group, make_member
from members.tests.importing import as_csv, checked
from members.tests.pages_households import household_objects
from staff.models import Job, Outbox, User
from staff.services.notices import notify
from staff.tests.factories import make_user
from stores.models import Chain, Store

# Firms' numbers are printed on their paper; staff's own and a store's are in the house's telephone book.
PUBLIC_APPS = {"suppliers", "stores", "staff"}
NUMBER = re.compile(r"\+?\d{8,15}")
SEPARATORS = re.compile(r"[\s\-‐‑–—－_.·()\[\]（）/\\\u200b\u200c\u200d\u2060\ufeff]+")


@dataclass(frozen=True)
class Person:
    """A member whose every trait is distinctive, with everything that may carry them."""

    member: Member
    identity: str
    objects: dict[str, object]

    @property
    def details(self) -> dict[str, str]:
        """What colleagues in scope may read in clear, and nobody else."""
        return {"e-mail": self.member.email, "street": self.member.street}


def plant(person: User, store: Store, *, name: str, mark: str, identity: str, others: bool) -> Person:
    """A member of a store with two numbers, e-mail, address, paper, call, case, visit, receipt, notice, message."""
    mobile, landline = f"+8613712{mark}", f"+865328{mark}1"
    member = make_member(
        name=name, phone=mobile, store=store, email=f"only.{mark}@secret.example", street=f"隐秘街{mark}号",
        city="青岛", language="en",
    )  # fmt: skip
    MemberPhone.objects.create(member=member, e164=landline, tail=landline[-4:], kind="landline")
    write_search_row(member)
    paper = record_identity(member_id=member.pk, number=identity, actor=person)
    system = PhoneSystem.objects.first()
    worker = make_user("manager", [store]) if others else person
    call = Call.objects.create(
        system=system, external_id=f"walk{mark}", number=mobile, agent=worker, extension="899", store=store,
        member=member, found=1, rang_at=timezone.now(),
    )  # fmt: skip
    unknown = Call.objects.create(
        system=system, external_id=f"strange{mark}", number=f"+8615212{mark}", agent=worker, extension="899",
        store=store, found=0, rang_at=timezone.now(),
    )  # fmt: skip
    group = make_group(phone=f"+8615312{mark}", store=store)
    contact = make_contact(store, name=f"路人{mark}", phone=f"+8615912{mark}", came_with=member, noted_by=worker)
    GroupContact.objects.create(group=group, name="联系人", phone=f"+8615812{mark}")
    case = make_case(store, worker, member=member, owner=worker)
    visit = make_visit(store, worker, member=member)
    sale = sell(store, member)
    doomed = make_member(name=name, phone=f"+8615112{mark}", store=store, email=f"lost.{mark}@secret.example")
    boss = make_user("manager", [store])
    merge = merge_members(winner_id=member.pk, loser_id=doomed.pk, actor=boss, reason="同一人")
    member.refresh_from_db()
    batch = checked(as_csv(["姓名", "手机"], [["王入档", f"15512{mark}"], ["坏行", f"15612{mark}9"]]), actor=person)
    notify(users=[person], text="会员的投诉", url=f"/members/{member.pk}/")
    message = Outbox.objects.create(
        channel="sms", to=mobile, member_id=member.pk, body="您好", purpose="test", dedupe_key=f"walk{mark}"
    )
    objects = {
        **household_objects(person, member),
        "members:": member,
        "members:card": member.cards.first(),
        "members:phone": member.phones.order_by("pk").first(),
        "members:identity_forget": paper,
        "members:merge_undo": merge,
        "members:contact": contact,
        "members:import_": batch,
        "members:group_contact_add": group,
        "members:buyer_add": group,
        "members:buyer_retire": make_buyer(group),
        "members:discount_agree": group,
        "sales:receipt": sale.receipt,
        "callcenter:call_": call,
        "callcenter:member_choose": call,
        "callcenter:phone_dial": member.phones.order_by("pk").first(),
        "callcenter:case_": case,
        "callcenter:visit_": visit,
        "callcenter:visit_register": member,
        "staff:outbox": message,
        "staff:job": Job.objects.create(kind="x", created_by=person, store=store, state="failed", message="No."),
    }
    unknown_call = {**objects, "callcenter:call_": unknown}
    return Person(
        member, identity, {"known": objects, "unknown": unknown_call, "company": {**objects, "members:": group}}
    )


def keep_stores_apart() -> None:
    """Each store has its own members, so that scopes matter."""
    Chain.objects.update(shares_member_base=False)
    Chain.forget()


def numbers_in_database() -> set[str]:
    """Every telephone number of a member, contact or caller in any column of any table, as its significant digits."""
    found = set()
    for model in apps.get_models():
        if model._meta.app_label in PUBLIC_APPS - {"staff"} or model is User:
            continue
        for column in model._meta.concrete_fields:
            if isinstance(column, models.CharField) and column.name in {"e164", "phone", "number", "to", "tried_phone"}:
                found |= {value for value in model._default_manager.values_list(column.name, flat=True) if value}
    return {significant(value) for value in found if value.startswith("+") and NUMBER.fullmatch(value)}


def significant(e164: str) -> str:
    """The digits every spelling of a number ends with: without country code and the 0 of an area code."""
    return e164.removeprefix("+86")


def spellings(text: str) -> Iterator[str]:
    """A text as it is and as a browser, a script or a server reads it, without what people put between digits."""
    bare = re.sub(r"<[^>]*>", "", text)
    for one in {text, html.unescape(text), unquote(text), unquote_plus(text), html.unescape(bare)}:
        yield one
        yield SEPARATORS.sub("", re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), one))


def leaks(text: str, secrets: set[str]) -> set[str]:
    """Those of the secrets that can be read in a text in any spelling."""
    found = set()
    for one in spellings(text):
        found |= {secret for secret in secrets if secret in one}
    return found


def words_of(response: HttpResponse) -> str:
    """Everything an answer carries: headers with file names and addresses, the text, or each cell of a workbook."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    return f"{head}\n{_text(content)}"


def _text(content: bytes) -> str:
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    if content[:2] != b"PK":
        return content.decode("utf-8", "replace")
    book = load_workbook(io.BytesIO(content))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        beside = [packed.read(name).decode("utf-8", "replace") for name in packed.namelist() if "docProps" in name]
    return "\n".join([*cells, *beside])
