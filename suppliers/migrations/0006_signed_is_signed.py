"""Numbers; one signed contract per counter and day; what is signed, approved or confirmed stays as it is."""

from django.db import migrations

SEQUENCES = """
CREATE SEQUENCE suppliers_contract_no AS bigint START 1 CACHE 1;
CREATE SEQUENCE suppliers_settlement_no AS bigint START 1 CACHE 1;
CREATE SEQUENCE suppliers_promotion_no AS bigint START 1 CACHE 1;
"""
SEQUENCES_BACK = """
DROP SEQUENCE suppliers_contract_no;
DROP SEQUENCE suppliers_settlement_no;
DROP SEQUENCE suppliers_promotion_no;
"""

# A range of one number takes the place of the extension that would let GiST compare plain numbers.
ONE_PER_DAY = """
ALTER TABLE suppliers_contractcounter ADD CONSTRAINT suppliers_contractcounter_one_contract_a_day
    EXCLUDE USING gist (int8range(counter_id, counter_id, '[]') WITH &&, daterange(from_on, until_on, '[]') WITH &&)
    WHERE (is_signed AND until_on >= from_on);
ALTER TABLE suppliers_contractversion ADD CONSTRAINT suppliers_contractversion_one_in_force
    EXCLUDE USING gist (int8range(contract_id, contract_id, '[]') WITH &&,
                        daterange(effective_on, until_on, '[]') WITH &&)
    WHERE (status = 'signed' AND until_on >= effective_on);
"""
ONE_PER_DAY_BACK = """
ALTER TABLE suppliers_contractcounter DROP CONSTRAINT suppliers_contractcounter_one_contract_a_day;
ALTER TABLE suppliers_contractversion DROP CONSTRAINT suppliers_contractversion_one_in_force;
"""

VERSIONS = """
CREATE FUNCTION suppliers_contractversion_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'signed' THEN
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'a signed version stays' USING ERRCODE = 'restrict_violation';
        END IF;
        IF to_jsonb(NEW) - 'until_on' <> to_jsonb(OLD) - 'until_on' THEN
            RAISE EXCEPTION 'a signed version is amended, not changed' USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER suppliers_contractversion_stays BEFORE UPDATE OR DELETE ON suppliers_contractversion
    FOR EACH ROW EXECUTE FUNCTION suppliers_contractversion_stays();

CREATE FUNCTION suppliers_versionpart_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM suppliers_contractversion v WHERE v.status = 'signed' AND v.id IN (
            CASE WHEN TG_OP <> 'INSERT' THEN OLD.version_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.version_id END))
    THEN
        RAISE EXCEPTION 'the terms of a signed version stay' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""
PARTS = ("raterule", "ratetier", "monthguarantee", "feeterm")
for part in PARTS:
    VERSIONS += f"""
CREATE TRIGGER suppliers_{part}_stays BEFORE INSERT OR UPDATE OR DELETE ON suppliers_{part}
    FOR EACH ROW EXECUTE FUNCTION suppliers_versionpart_stays();"""
VERSIONS_BACK = (
    "".join(f"DROP TRIGGER suppliers_{part}_stays ON suppliers_{part};" for part in PARTS)
    + """
DROP TRIGGER suppliers_contractversion_stays ON suppliers_contractversion;
DROP FUNCTION suppliers_contractversion_stays();
DROP FUNCTION suppliers_versionpart_stays();
"""
)

PROMOTIONS = """
CREATE FUNCTION suppliers_promotion_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'suppliers_promotionsheet' THEN
        IF OLD.status = 'approved' THEN
            RAISE EXCEPTION 'an approved promotion stays' USING ERRCODE = 'restrict_violation';
        END IF;
    ELSIF EXISTS (SELECT FROM suppliers_promotionsheet s WHERE s.status = 'approved' AND s.id IN (
            CASE WHEN TG_OP <> 'INSERT' THEN OLD.sheet_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.sheet_id END))
    THEN
        RAISE EXCEPTION 'the goods of an approved promotion stay' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER suppliers_promotionsheet_stays BEFORE UPDATE OR DELETE ON suppliers_promotionsheet
    FOR EACH ROW EXECUTE FUNCTION suppliers_promotion_stays();
CREATE TRIGGER suppliers_promotionitem_stays BEFORE INSERT OR UPDATE OR DELETE ON suppliers_promotionitem
    FOR EACH ROW EXECUTE FUNCTION suppliers_promotion_stays();
"""
PROMOTIONS_BACK = """
DROP TRIGGER suppliers_promotionsheet_stays ON suppliers_promotionsheet;
DROP TRIGGER suppliers_promotionitem_stays ON suppliers_promotionitem;
DROP FUNCTION suppliers_promotion_stays();
"""

# What may still change once a settlement is confirmed: what was answered, adjusted, approved and paid.
OPEN = "'{state,adjusted,payable,sent_at,link_nonce,answer_by_on,pay_by_on,answered_at,answered_name,approved_at,paid_on,paid_reference}'::text[]"
SETTLEMENTS = f"""
CREATE FUNCTION suppliers_settlement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'draft' THEN
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'a confirmed settlement stays' USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.state = 'draft' OR to_jsonb(NEW) - {OPEN} <> to_jsonb(OLD) - {OPEN} THEN
            RAISE EXCEPTION 'a confirmed settlement is adjusted, not changed' USING ERRCODE = 'restrict_violation';
        END IF;
        IF OLD.state = 'paid' THEN
            RAISE EXCEPTION 'a paid settlement stays' USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER suppliers_settlement_stays BEFORE UPDATE OR DELETE ON suppliers_settlement
    FOR EACH ROW EXECUTE FUNCTION suppliers_settlement_stays();

CREATE FUNCTION suppliers_settlementline_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added n JOIN suppliers_settlement s ON s.id = n.settlement_id
               WHERE s.state IN ('approved', 'paid') OR (s.state <> 'draft' AND n.section <> 'adjustment')) THEN
        RAISE EXCEPTION 'a confirmed settlement gets adjustments only' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER suppliers_settlementline_added AFTER INSERT ON suppliers_settlementline
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION suppliers_settlementline_added();
CREATE FUNCTION suppliers_settledtotal_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM suppliers_settlement s WHERE s.state <> 'draft'
               AND s.id IN (SELECT DISTINCT settlement_id FROM added)) THEN
        RAISE EXCEPTION 'what a confirmed settlement counted stays' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER suppliers_settledtotal_added AFTER INSERT ON suppliers_settledtotal
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION suppliers_settledtotal_added();
CREATE FUNCTION suppliers_settlementpart_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM suppliers_settlement s WHERE s.state <> 'draft'
               AND s.id IN (SELECT DISTINCT settlement_id FROM was)) THEN
        RAISE EXCEPTION 'what a confirmed settlement says stays' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
"""
KEPT = ("settlementline", "settledtotal")
for part in KEPT:
    for verb in ("update", "delete"):
        SETTLEMENTS += f"""
CREATE TRIGGER suppliers_{part}_no_{verb} AFTER {verb.upper()} ON suppliers_{part}
    REFERENCING OLD TABLE AS was FOR EACH STATEMENT EXECUTE FUNCTION suppliers_settlementpart_stays();"""
SETTLEMENTS_BACK = (
    "".join(
        f"DROP TRIGGER suppliers_{part}_no_{verb} ON suppliers_{part};"
        for part in KEPT
        for verb in ("update", "delete")
    )
    + """
DROP TRIGGER suppliers_settledtotal_added ON suppliers_settledtotal;
DROP TRIGGER suppliers_settlementline_added ON suppliers_settlementline;
DROP TRIGGER suppliers_settlement_stays ON suppliers_settlement;
DROP FUNCTION suppliers_settlementpart_stays();
DROP FUNCTION suppliers_settledtotal_added();
DROP FUNCTION suppliers_settlementline_added();
DROP FUNCTION suppliers_settlement_stays();
"""
)

DEPOSITS = """
CREATE FUNCTION suppliers_depositentry_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'suppliers_depositentry is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER suppliers_depositentry_is_append_only BEFORE UPDATE OR DELETE ON suppliers_depositentry
    FOR EACH ROW EXECUTE FUNCTION suppliers_depositentry_refuse_change();
"""
DEPOSITS_BACK = """
DROP TRIGGER suppliers_depositentry_is_append_only ON suppliers_depositentry;
DROP FUNCTION suppliers_depositentry_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0005_contracts_and_settlements")]
    operations = [
        migrations.RunSQL(SEQUENCES, SEQUENCES_BACK),
        migrations.RunSQL(ONE_PER_DAY, ONE_PER_DAY_BACK),
        migrations.RunSQL(VERSIONS, VERSIONS_BACK),
        migrations.RunSQL(PROMOTIONS, PROMOTIONS_BACK),
        migrations.RunSQL(SETTLEMENTS, SETTLEMENTS_BACK),
        migrations.RunSQL(DEPOSITS, DEPOSITS_BACK),
    ]
