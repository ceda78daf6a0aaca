from django.db import migrations

LINES = """
CREATE TABLE sales_receiptline (
    sold_on date NOT NULL,
    receipt_id bigint NOT NULL,
    line_no integer NOT NULL,
    store_id bigint NOT NULL,
    counter_id bigint,
    brand_id bigint,
    category_id bigint,
    product_id bigint NOT NULL,
    member_id bigint,
    is_service boolean NOT NULL,
    quantity numeric(12,3) NOT NULL,
    unit_price numeric(13,4) NOT NULL,
    discount_amount numeric(13,2) NOT NULL,
    net_amount numeric(13,2) NOT NULL,
    returned_quantity numeric(12,3) NOT NULL DEFAULT 0,
    PRIMARY KEY (sold_on, receipt_id, line_no),
    CONSTRAINT sales_receiptline_returns_at_most_itself
        CHECK (returned_quantity >= 0 AND returned_quantity <= abs(quantity))
) PARTITION BY RANGE (sold_on);
CREATE INDEX sales_receiptline_of_member ON sales_receiptline (member_id, product_id)
    WHERE member_id IS NOT NULL;
CREATE INDEX sales_receiptline_of_counter ON sales_receiptline (counter_id, sold_on)
    WHERE counter_id IS NOT NULL;
"""

# Unlogged: the file is still there when a crash empties it, and staging is half as fast otherwise.
STAGING = """
CREATE UNLOGGED TABLE sales_stagedline (
    batch_id bigint NOT NULL,
    row_no integer NOT NULL,
    document text NOT NULL,
    kind text NOT NULL,
    sold_at timestamptz,
    product_code text NOT NULL,
    product_name text NOT NULL,
    member_no text NOT NULL,
    counter_code text NOT NULL,
    quantity numeric(12,3),
    unit_price numeric(13,4),
    discount_amount numeric(13,2),
    is_service boolean NOT NULL,
    error text NOT NULL,
    raw text NOT NULL,
    PRIMARY KEY (batch_id, row_no)
);
"""


class Migration(migrations.Migration):
    dependencies = [("sales", "0001_first_receipts_and_figures")]

    operations = [
        migrations.RunSQL(LINES, "DROP TABLE sales_receiptline"),
        migrations.RunSQL(STAGING, "DROP TABLE sales_stagedline"),
    ]
