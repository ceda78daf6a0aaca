"""Brands that pay for points and coupons: named by rules and kinds of coupons, found by brand and day."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0007_adjustments_through_approval"),
        ("members", "0003_given_names_found_by_their_beginning"),
        ("sales", "0005_list_receipts_by_day"),
        ("stores", "0003_departments_form_a_tree"),
    ]

    operations = [
        migrations.AddField(
            model_name="couponkind",
            name="funded_by",
            field=models.ForeignKey(
                blank=True,
                help_text="The brand pays what its coupons take off.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="stores.brand",
                verbose_name="paid by the brand",
            ),
        ),
        migrations.AddField(
            model_name="earningrule",
            name="funded_by",
            field=models.ForeignKey(
                blank=True,
                help_text="The brand pays for all points of the lines this multiplier counts for.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="stores.brand",
                verbose_name="paid by the brand",
            ),
        ),
        migrations.AddIndex(
            model_name="coupon",
            index=models.Index(
                condition=models.Q(("state", "redeemed")), fields=["redeemed_at"], name="loyalty_coupon_by_redemption"
            ),
        ),
        migrations.AddConstraint(
            model_name="earningrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("funded_by__isnull", True), ("kind", "multiply"), _connector="OR"),
                name="loyalty_earningrule_only_multipliers_are_funded",
            ),
        ),
        migrations.RunSQL(
            "CREATE INDEX loyalty_pointsentry_funded ON loyalty_pointsentry (brand_id, business_on)"
            " WHERE brand_id IS NOT NULL",
            "DROP INDEX loyalty_pointsentry_funded",
        ),
    ]
