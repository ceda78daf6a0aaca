"""Supplier numbers such as S000123 come from a sequence, so that none is given twice."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0001_parties")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE suppliers_party_no AS bigint START 1 CACHE 1", "DROP SEQUENCE suppliers_party_no"
        )
    ]
