"""Logs of suppliers are append-only; weights sum to 100, grades cover 0 to 100; closed months do not change."""

from django.db import migrations

APPEND_ONLY = ("suppliers_partyevent", "suppliers_standing", "suppliers_licencemilestone", "suppliers_bottomnotice")

REFUSE = """
CREATE FUNCTION suppliers_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""
COMPLETE = """
CREATE FUNCTION suppliers_scheme_is_complete() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    the_scheme bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.scheme_id ELSE NEW.scheme_id END;
    total numeric;
BEGIN
    IF TG_TABLE_NAME = 'suppliers_scoreweight' THEN
        SELECT sum(weight) INTO total FROM suppliers_scoreweight WHERE scheme_id = the_scheme;
        IF total <> 100 THEN
            RAISE EXCEPTION 'the weights of scheme % sum to %, not to 100', the_scheme, total
                USING ERRCODE = 'check_violation', CONSTRAINT = 'suppliers_scoreweight_sum_is_100';
        END IF;
    ELSE
        SELECT sum(upper - lower) INTO total FROM suppliers_scoregrade WHERE scheme_id = the_scheme;
        IF total <> 100 THEN
            RAISE EXCEPTION 'the grades of scheme % cover %, not 100', the_scheme, total
                USING ERRCODE = 'check_violation', CONSTRAINT = 'suppliers_scoregrade_cover_is_100';
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER suppliers_scoreweight_sum_is_100 AFTER INSERT OR UPDATE OR DELETE ON suppliers_scoreweight
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION suppliers_scheme_is_complete();
CREATE CONSTRAINT TRIGGER suppliers_scoregrade_cover_is_100 AFTER INSERT OR UPDATE OR DELETE ON suppliers_scoregrade
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION suppliers_scheme_is_complete();
-- The scheme is worked into the range: an exclusion over two columns would need an extension.
ALTER TABLE suppliers_scoregrade ADD CONSTRAINT suppliers_scoregrade_without_overlap
    EXCLUDE USING gist (numrange(scheme_id * 1000 + lower, scheme_id * 1000 + upper) WITH &&);
"""
INCOMPLETE = """
ALTER TABLE suppliers_scoregrade DROP CONSTRAINT suppliers_scoregrade_without_overlap;
DROP TRIGGER suppliers_scoreweight_sum_is_100 ON suppliers_scoreweight;
DROP TRIGGER suppliers_scoregrade_cover_is_100 ON suppliers_scoregrade;
DROP FUNCTION suppliers_scheme_is_complete();
"""
FROZEN = """
CREATE FUNCTION suppliers_scoreperiod_stays_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'the month is closed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER suppliers_scoreperiod_stays_closed BEFORE UPDATE OR DELETE ON suppliers_scoreperiod
    FOR EACH ROW EXECUTE FUNCTION suppliers_scoreperiod_stays_closed();

CREATE FUNCTION suppliers_counterscore_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM suppliers_scoreperiod
               WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.period_id ELSE OLD.period_id END
                 AND closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the month is closed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER suppliers_counterscore_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON suppliers_counterscore
    FOR EACH ROW EXECUTE FUNCTION suppliers_counterscore_is_frozen();

CREATE FUNCTION suppliers_scoreline_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM suppliers_counterscore s JOIN suppliers_scoreperiod p ON p.id = s.period_id
               WHERE s.id = CASE WHEN TG_OP = 'INSERT' THEN NEW.score_id ELSE OLD.score_id END
                 AND p.closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the month is closed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER suppliers_scoreline_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON suppliers_scoreline
    FOR EACH ROW EXECUTE FUNCTION suppliers_scoreline_is_frozen();
"""
THAWED = "".join(
    f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();"
    for name, table in (
        ("suppliers_scoreperiod_stays_closed", "suppliers_scoreperiod"),
        ("suppliers_counterscore_is_frozen", "suppliers_counterscore"),
        ("suppliers_scoreline_is_frozen", "suppliers_scoreline"),
    )
)


def triggers() -> str:
    return "".join(
        f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION suppliers_refuse_change();"
        for table in APPEND_ONLY
    )


def no_triggers() -> str:
    return "".join(f"DROP TRIGGER {table}_is_append_only ON {table};" for table in APPEND_ONLY)


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0003_licences_people_leaving_scores")]
    operations = [
        migrations.RunSQL(REFUSE + triggers(), no_triggers() + "DROP FUNCTION suppliers_refuse_change();"),
        migrations.RunSQL(COMPLETE, INCOMPLETE),
        migrations.RunSQL(FROZEN, THAWED),
    ]
