from django.db import migrations

# Rules are kept in memory by every process; this stamp, changed in the transaction that changes a rule, tells whether
# what is in memory is still true.
STAMP = """
CREATE TABLE loyalty_rulestamp (id smallint PRIMARY KEY CHECK (id = 1), stamp uuid NOT NULL);
INSERT INTO loyalty_rulestamp VALUES (1, gen_random_uuid());
CREATE FUNCTION loyalty_stamp_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO loyalty_rulestamp VALUES (1, gen_random_uuid())
    ON CONFLICT (id) DO UPDATE SET stamp = EXCLUDED.stamp;
    RETURN NULL;
END $$;
"""
TABLES = ("programme", "earningrule", "tierscheme", "tier", "milestone")
TRIGGERS = "".join(
    f"CREATE TRIGGER loyalty_{table}_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON loyalty_{table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION loyalty_stamp_rules();\n"
    for table in TABLES
)
DROP = (
    "".join(f"DROP TRIGGER loyalty_{table}_stamp ON loyalty_{table};\n" for table in TABLES)
    + "DROP FUNCTION loyalty_stamp_rules(); DROP TABLE loyalty_rulestamp;"
)


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0004_adjustments_with_a_second_person")]

    operations = [migrations.RunSQL(STAMP + TRIGGERS, DROP)]
