"""The reasons people usually come to the desk for, to begin with; administrators change them."""

from django.db import migrations

REASONS = (
    ("return", "退货", "Return", "1", "arrow-back-up", True),
    ("exchange", "换货", "Exchange", "2", "refresh", True),
    ("booking", "预约", "Booking", "3", "calendar", False),
    ("card", "会员卡", "Card", "4", "id", False),
    ("gift", "礼品兑换", "Gift", "5", "gift", False),
    ("complaint", "投诉", "Complaint", "6", "alert-triangle", True),
    ("other", "其他", "Other", "0", "dots", False),
)


def put_in(apps, schema_editor):
    reasons = apps.get_model("callcenter", "VisitReason").objects
    for order, (code, name, name_en, key, icon, opens_case) in enumerate(REASONS, start=1):
        reasons.get_or_create(
            code=code,
            defaults={
                "name": name, "name_en": name_en, "key": key, "icon": icon, "opens_case": opens_case,
                "order": order * 10,
            },
        )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("callcenter", "0004_case_log_is_append_only")]
    operations = [migrations.RunPython(put_in, migrations.RunPython.noop)]
