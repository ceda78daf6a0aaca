"""Members of a pyramid: one partition a picture, made by the service that takes it."""

from django.db import migrations

FORWARD = """
CREATE TABLE campaigns_pyramidmember (
    pyramid_id bigint NOT NULL,
    member_id bigint NOT NULL,
    spend numeric(17,2) NOT NULL,
    profit numeric(17,2) NOT NULL,
    discounted numeric(17,2) NOT NULL,
    rank integer,
    receipts integer NOT NULL,
    last_on date,
    layer smallint NOT NULL,
    r smallint,
    f smallint,
    m smallint,
    PRIMARY KEY (pyramid_id, member_id),
    CONSTRAINT campaigns_pyramidmember_buyers_have_ranks CHECK ((layer BETWEEN 1 AND 4) = (rank IS NOT NULL))
) PARTITION BY LIST (pyramid_id);
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_customer_pyramid")]
    operations = [migrations.RunSQL(FORWARD, "DROP TABLE campaigns_pyramidmember")]
