"""One finished import of members: what a partner mall sent, with rows that could not be taken."""

import csv
import io
from datetime import date

from django.core.files.base import ContentFile

from kit.identity_numbers import check_digit
from members.models import Member
from members.services.imports import running
from members.services.imports.applying import State, apply_import
from staff.models import User

HEADER = ("编号", "姓名", "性别", "手机", "生日", "身份证号", "门店", "入会日期", "短信", "积分", "积分日期")
GIVEN = "思源雨桐浩然子涵若溪博文清扬嘉禾安宁知远"


def build_imports(people: dict[str, User], today: date) -> None:
    """Import sixty rows as the administrator would: new members, known ones, and some with mistakes."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    writer.writerows(_rows(today))
    actor = people["admin"]
    batch = running.upload_import(file=ContentFile(out.getvalue().encode(), "海信广场会员名单.csv"), actor=actor)
    batch.spec = {**batch.spec, "source": "hisense-plaza"}
    batch.save(update_fields=["spec"])
    running.check(batch)
    batch.state = State.CHECKED
    batch.save(update_fields=["state"])
    apply_import(batch, actor=actor)
    running.keep_error_file(batch)
    running.forget_file(batch)


def _rows(today: date) -> list[list[str]]:
    rows = []
    known = Member.objects.filter(kind="individual", phones__is_primary=True).order_by("pk")
    for number, (name, phone) in enumerate(known.values_list("name", "phones__e164")[:12]):
        rows.append([f"HX{number:04}", name, "", phone[3:], "", "", "", "", "是" if number % 3 else "", "", ""])
    for number in range(12, 54):
        card = f"370202{1970 + number % 30}{number % 12 + 1:02}{number % 28 + 1:02}{number:03}"
        rows.append(
            [
                f"HX{number:04}",
                "韩孔曲于"[number % 4] + GIVEN[number % 20] + GIVEN[number * 7 % 20],
                "女" if number % 3 else "男",
                f"1760532{number:04}",
                f"{1970 + number % 30}-{number % 12 + 1:02}-{number % 28 + 1:02}",
                card + check_digit(card) if number % 5 == 0 else "",
                "",
                f"{today.year - 1}-{number % 12 + 1:02}-15" if number % 2 else "",
                "是" if number % 2 else "否",
                str(number * 37 % 900),
                f"{today.year - 1}-12-31",
            ]
        )
    bad = [list(rows[20]) for _ in range(6)]
    changes = ((1, "姓名丢失" * 40), (2, "M?"), (3, "1234567"), (4, "1985-02-30"), (5, "370202198508062340"))
    for number, (row, (place, value)) in enumerate(zip(bad, changes, strict=False)):
        row[0], row[place] = f"HX9{number:03}", value
    return rows + bad
