from django.db import migrations, models


class Migration(migrations.Migration):
    """Distinct members of a store over a period are counted from this index alone."""

    dependencies = [("sales", "0002_partitioned_lines_and_staging")]

    operations = [
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                fields=["store", "sold_on", "member"],
                name="sales_receipt_members_of_store",
                condition=models.Q(member__isnull=False, kind="sale", is_reversed=False),
            ),
        ),
    ]
