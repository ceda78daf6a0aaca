from django.db import migrations, models


class Migration(migrations.Migration):
    """Lists of receipts are read from the newest on, whatever the stores."""

    dependencies = [("sales", "0004_one_standing_receipt_per_document")]

    operations = [
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(fields=["sold_on", "id"], name="sales_receipt_in_order_of_days"),
        ),
    ]
