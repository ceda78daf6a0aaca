"""What associates usually note about a customer, to begin with; administrators change them."""

from django.db import migrations

NOTES = (
    ("喜欢素色、简洁款", "Likes plain, simple styles"),
    ("只看新款", "Looks at new arrivals only"),
    ("常买来送礼", "Often buys presents"),
    ("先微信联系", "Get in touch by WeChat first"),
    ("周末下午来", "Comes on weekend afternoons"),
    ("折扣时请通知", "Tell her about reductions"),
    ("需要改裤长", "Needs trousers shortened"),
    ("与家人一起来", "Comes with the family"),
)


def put_in(apps, schema_editor):
    notes = apps.get_model("callcenter", "QuickNote").objects
    for order, (name, name_en) in enumerate(NOTES, start=1):
        notes.get_or_create(name=name, defaults={"name_en": name_en, "order": order * 10})


class Migration(migrations.Migration):
    dependencies = [("callcenter", "0007_wishes_and_hints")]
    operations = [migrations.RunPython(put_in, migrations.RunPython.noop)]
