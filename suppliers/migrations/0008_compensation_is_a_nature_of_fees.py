from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("suppliers", "0007_ending_needs_no_last_place"),
    ]

    operations = [
        migrations.AlterField(
            model_name="feetype",
            name="nature",
            field=models.CharField(
                choices=[
                    ("management", "Management of the counter"),
                    ("promotion", "Promotion service"),
                    ("advertising", "Advertising"),
                    ("display", "Display and shelves"),
                    ("utilities", "Water, power, cleaning, repair"),
                    ("staff", "Staff: training, uniforms, passes"),
                    ("signing", "Signing or renewing the contract"),
                    ("barcode", "In-store code"),
                    ("renovation", "Renovation"),
                    ("festival", "Festival, anniversary, opening"),
                    ("card_handling", "Card handling"),
                    ("compensation", "Compensation agreed in the contract"),
                    ("unrelated", "Not related to selling"),
                ],
                max_length=14,
                verbose_name="nature",
            ),
        ),
    ]
