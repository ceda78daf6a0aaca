from django.db import migrations


def make_chain(apps, schema_editor):
    """The chain is one row; it is there from the start so that administrators only edit it."""
    apps.get_model("stores", "Chain").objects.get_or_create(pk=1, defaults={"name": "中庭百货", "name_en": "Atrium"})


class Migration(migrations.Migration):
    dependencies = [("stores", "0001_first_places_and_products")]

    operations = [migrations.RunPython(make_chain, migrations.RunPython.noop)]
