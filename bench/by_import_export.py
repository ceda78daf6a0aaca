"""django-import-export's own bulk mode doing what our import does with a file of members: looking everybody up, a
verdict for every row before anything is written, members, phones, cards, consents and search keys.

Its bulk mode knows one table per resource, so there is one resource for each; what it previews it imports again when the
preview is confirmed, as it does in the administration. Nothing is done row by row that it can do at once: the loader and
the widget of the foreign key are the cached ones, differences are not written out.
"""

import time
from typing import Any

import tablib
from import_export import fields, resources, widgets
from import_export.instance_loaders import CachedInstanceLoader, ModelInstanceLoader

from kit import names, phones
from members.models import Consent, Member, MemberCard, MemberPhone, MemberSearch
from members.services.numbering import take_card_numbers, take_member_numbers

OF_MEMBER = widgets.CachedForeignKeyWidget(Member, "external_no")


class Bulk:
    """The options of every resource here."""

    instance_loader_class = CachedInstanceLoader
    use_bulk = True
    batch_size = 1000
    skip_unchanged = True
    report_skipped = True
    skip_diff = True
    skip_html_diff = True


class Members(resources.ModelResource):
    class Meta(Bulk):
        model = Member
        import_id_fields = ("external_no",)
        fields = ("external_no", "member_no", "name", "email", "street", "external_source")


class Phones(resources.ModelResource):
    member = fields.Field("member", "external_no", OF_MEMBER)

    class Meta(Bulk):
        model = MemberPhone
        import_id_fields = ("e164",)
        fields = ("e164", "tail", "is_primary", "member")


class Cards(resources.ModelResource):
    member = fields.Field("member", "external_no", OF_MEMBER)

    class Meta(Bulk):
        model = MemberCard
        import_id_fields = ("number",)
        fields = ("number", "member")


class Consents(resources.ModelResource):
    member = fields.Field("member", "external_no", OF_MEMBER)

    class Meta(Bulk):
        model = Consent
        instance_loader_class = ModelInstanceLoader
        force_init_instance = True
        fields = ("member", "channel", "granted")


class SearchKeys(resources.ModelResource):
    member = fields.Field("member", "external_no", OF_MEMBER)
    toks = fields.Field("toks", "toks", widgets.SimpleArrayWidget(","))

    class Meta(Bulk):
        model = MemberSearch
        import_id_fields = ("member",)
        fields = ("member", "name", "py", "ini", "toks")


def import_by_it(rows: list[list[str]]) -> float:
    """Preview and import the rows; the seconds it took."""
    begun = time.perf_counter()
    numbers = zip(take_member_numbers(len(rows)), take_card_numbers(len(rows)), strict=True)
    people = [_person(row, *pair) for row, pair in zip(rows, numbers, strict=True)]
    for dry_run in (True, False):
        _import(Members(), people, dry_run=dry_run)
    for resource in (Phones(), Cards(), SearchKeys()):
        _import(resource, people, dry_run=False)
    _import(Consents(), [one for one in people if one["granted"] != ""], dry_run=False)
    return time.perf_counter() - begun


def _person(row: list[str], member_no: str, card: str) -> dict[str, Any]:
    """The cells a resource needs, understood as ours are: phone to E.164, pinyin and initials."""
    e164 = phones.reachable(row[3])
    read = names.readings(row[1], "")
    return {
        "external_no": row[0],
        "external_source": "by-import-export",
        "member_no": member_no,
        "name": row[1],
        "email": row[7],
        "street": row[8],
        "e164": e164,
        "tail": e164[-4:],
        "is_primary": "1",
        "number": card,
        "channel": "sms",
        "granted": {"是": "1", "否": "0"}.get(row[11], ""),
        "py": read.py,
        "ini": read.ini,
        "toks": ",".join(read.other_tokens),
    }


def _import(resource: resources.ModelResource, people: list[dict[str, Any]], *, dry_run: bool) -> None:
    data = tablib.Dataset(headers=list(people[0]))
    data.extend([list(one.values()) for one in people])
    result = resource.import_data(data, dry_run=dry_run, use_transactions=True)
    if result.has_errors():
        raise RuntimeError(str((result.base_errors or next(errors for _row, errors in result.row_errors()))[0].error))
