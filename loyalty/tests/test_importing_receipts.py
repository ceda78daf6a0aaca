"""Files of receipts become receipts, points and stars: compared member by member with a naive second implementation."""

import gzip
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command

from loyalty.models import PointsTxn
from loyalty.services.figures import figures_as_of
from loyalty.services.nightly import run_nightly
from loyalty.services.undoing import undo_batch
from loyalty.services.verification import find_breaches
from members.models import Member
from sales.models import ImportBatch, Receipt, ReturnMatch, StagedLine
from sales.services.figures import rebuild_figures
from tests.oracle.online_retail import figures as oracle_figures

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "tests" / "data" / "online-retail-sample.csv"
REAL = ROOT.parent / "shared" / "data" / "online-retail.csv.gz"
DAY = date(2011, 12, 10)


def run_import(path: Path, errors: Path | None = None) -> None:
    call_command("import_sales", str(path), profile="online-retail", errors=errors or path.with_suffix(".errors"))


@pytest.fixture
def sample(tmp_path) -> Path:
    copy = tmp_path / "sample.csv"
    copy.write_bytes(SAMPLE.read_bytes())
    return copy


def compare_with_oracle(path: Path, day: date) -> None:
    expected = oracle_figures(path, day)
    total = figures_as_of(day)
    assert total.points_outstanding == expected.points
    assert total.net_spend == expected.net_spend
    assert (total.sales, total.returns) == (expected.sales, expected.returns)
    assert total.matched_return_lines == expected.matched_wholly
    assert total.unmatched_returns == expected.return_lines - expected.matched_wholly


def compare_members(path: Path, day: date, numbers: list[str] | None = None) -> None:
    expected = oracle_figures(path, day).members
    for member in Member.objects.filter(external_no__in=numbers or list(expected)):
        got = figures_as_of(day, member=member)
        stars = next(stars for stars, count in got.stars.items() if count)
        want = expected[member.external_no]
        assert (got.points_outstanding, stars, got.net_spend) == (want.points, want.stars, want.net_spend), (
            member.external_no
        )


def test_every_member_of_the_sample_is_right_on_every_day_asked(sample):
    run_import(sample)
    for day in (date(2010, 12, 31), date(2011, 6, 30), DAY, date(2011, 12, 31), date(2012, 1, 1), date(2013, 1, 1)):
        compare_with_oracle(sample, day)
        compare_members(sample, day)
    assert list(find_breaches()) == []


def test_every_return_line_is_matched_as_the_oracle_matches_it(sample):
    run_import(sample)
    expected = oracle_figures(sample, DAY)
    got = sorted(
        ReturnMatch.objects.values_list(
            "return_receipt__document", "sale_receipt__document", "sale_line_no", "quantity"
        )
    )
    want = sorted(
        (_invoice_of(expected, file_line), invoice, index, quantity)
        for file_line, found in expected.matches.items()
        for invoice, index, quantity in found
    )
    assert got == want


def _invoice_of(expected, file_line: int) -> str:
    return next(invoice for (invoice, _index), line in expected.file_line.items() if line == file_line)


def test_every_line_is_accounted_for(sample, tmp_path):
    errors = tmp_path / "errors.csv"
    run_import(sample, errors)
    rejected = errors.read_text().splitlines()[1:]
    lines = sum(Receipt.objects.values_list("line_count", flat=True))
    assert lines + len(rejected) == len(SAMPLE.read_text().splitlines()) - 1
    reasons = {line.split(",")[1] for line in rejected}
    assert len(reasons) == 2
    assert StagedLine.objects.count() == 0


def test_the_same_file_twice_changes_nothing(sample):
    run_import(sample)
    before = (Receipt.objects.count(), PointsTxn.objects.count(), figures_as_of(DAY))
    run_import(sample)
    assert (Receipt.objects.count(), PointsTxn.objects.count(), figures_as_of(DAY)) == before


@pytest.mark.parametrize("nights", [False, True], ids=["at once", "with a night between the pieces"])
def test_monthly_pieces_in_order_give_the_same(sample, tmp_path, nights):
    header, *lines = SAMPLE.read_text().splitlines(keepends=True)
    months = sorted({_month(line) for line in lines})
    for month in months:
        piece = tmp_path / f"{month}.csv"
        piece.write_text(header + "".join(line for line in lines if _month(line) == month))
        run_import(piece)
        if nights:
            run_nightly()
    compare_with_oracle(SAMPLE, DAY)
    compare_members(SAMPLE, DAY)
    assert list(find_breaches()) == []


def _month(line: str) -> str:
    import re

    return re.search(r"(\d{4}-\d{2})-\d{2} \d{2}:", line).group(1)


def test_after_the_night_the_past_still_reads_the_same(sample):
    run_import(sample)
    run_nightly()
    for day in (date(2011, 6, 30), DAY, date(2012, 6, 1)):
        compare_with_oracle(sample, day)
        compare_members(sample, day)
    assert list(find_breaches()) == []


def test_undo_books_reversals_and_a_second_import_is_right_again(sample):
    run_import(sample)
    batch = ImportBatch.objects.get()
    result = undo_batch(batch_id=batch.pk, actor=None)
    assert (result.reversed, result.left) == (batch.receipts_new, [])
    empty = figures_as_of(DAY)
    assert (empty.points_outstanding, empty.net_spend, empty.sales) == (0, 0, 0)
    assert list(find_breaches()) == []
    run_import(sample)
    compare_with_oracle(sample, DAY)
    compare_members(sample, DAY)
    assert list(find_breaches()) == []


def test_undo_of_the_last_piece_gives_back_what_its_returns_took(sample, tmp_path):
    header, *lines = SAMPLE.read_text().splitlines(keepends=True)
    last = max(_month(line) for line in lines)
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text(header + "".join(line for line in lines if _month(line) < last))
    second.write_text(header + "".join(line for line in lines if _month(line) == last))
    run_import(first)
    before = figures_as_of(DAY)
    run_import(second)
    undo_batch(batch_id=ImportBatch.objects.latest("pk").pk, actor=None)
    after = figures_as_of(DAY)
    assert (after.points_outstanding, after.net_spend, after.stars) == (
        before.points_outstanding,
        before.net_spend,
        {**before.stars, 3: after.stars[3]},
    )
    assert list(find_breaches()) == []


def test_undo_leaves_and_lists_what_was_used_since(sample):
    from loyalty.models import Account
    from loyalty.services.points import redeem_points

    run_import(sample)
    batch = ImportBatch.objects.get()
    member = Member.objects.get(external_no="20008")
    Account.objects.filter(member=member).get()
    _extend_lots(member)
    redeem_points(member_id=member.pk, points=5, key="k", reason="礼品", actor=None)
    result = undo_batch(batch_id=batch.pk, actor=None)
    assert len(result.left) >= 1
    assert result.reversed + len(result.left) == batch.receipts_new
    assert list(find_breaches()) == []


def _extend_lots(member: Member) -> None:
    """As if today were still before their end."""
    from loyalty.models import PointsLot

    PointsLot.objects.filter(account__member=member).update(expires_at=None)


def test_figures_rebuilt_set_wise_equal_the_figures_kept_by_the_postings(sample):
    from sales.models import CounterHour, MemberStat, StoreHour

    run_import(sample)

    def kept() -> list:
        stats = sorted(MemberStat.objects.values_list("member_id", "spend_life", "receipts_life", "average_basket"))
        hours: dict = {}
        for model, keys in ((CounterHour, ("counter_id", "brand_id")), (StoreHour, ("channel",))):
            for row in model.objects.values("sold_on", "hour", "is_member", "sales_amount", "return_amount", *keys):
                key = (model.__name__, row["sold_on"], row["hour"], row["is_member"], *(row[k] for k in keys))
                sums = hours.setdefault(key, [0, 0])
                sums[0] += row["sales_amount"]
                sums[1] += row["return_amount"]
        return [stats, hours]

    before = kept()
    rebuild_figures(as_of_on=date(2026, 11, 23))
    assert kept() == before


def test_an_import_that_was_killed_goes_on_where_it_was(sample, monkeypatch):
    from loyalty.services import imports
    from sales.services import importing, staging
    from sales.services.profiles import load_profile

    monkeypatch.setattr(importing, "LINES_A_PIECE", 40)
    profile = load_profile("online-retail")
    imports.load_rules(profile)
    batch = staging.stage_file(sample, profile=profile, file_name="sample.csv", actor=None)
    real_apply = imports.apply_piece

    def killed_in_the_third_piece(batch, piece, **rest):
        if piece.number == 2:
            raise KeyboardInterrupt
        return real_apply(batch, piece, **rest)

    monkeypatch.setattr(imports, "apply_piece", killed_in_the_third_piece)
    with pytest.raises(KeyboardInterrupt):
        imports.apply_batch(batch, actor=None)
    assert 0 < Receipt.objects.count() < 60
    monkeypatch.setattr(imports, "apply_piece", real_apply)
    result = imports.apply_batch(batch, actor=None)
    assert result.receipts_new == Receipt.objects.count()
    compare_with_oracle(SAMPLE, DAY)
    compare_members(SAMPLE, DAY)
    assert list(find_breaches()) == []


def test_a_job_whose_staged_lines_a_crash_has_emptied_stages_them_again(sample, ada):
    from django.core.files.base import ContentFile
    from django.db import connection

    from loyalty.services.import_jobs import import_receipts, start_import
    from sales.services.profiles import load_profile

    job = start_import(
        profile=load_profile("online-retail"),
        file=ContentFile(SAMPLE.read_bytes(), "sample.csv"),
        dry_run=True,
        actor=ada,
    )
    import_receipts(job)
    assert Receipt.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE sales_stagedline")
    job.input["dry_run"] = False
    result = import_receipts(job)
    assert result.result["posted"] == Receipt.objects.count()
    assert ImportBatch.objects.count() == 1
    compare_with_oracle(SAMPLE, DAY)


def test_a_dry_run_says_what_would_be_new_and_posts_nothing(sample, capsys):
    call_command("import_sales", str(sample), profile="online-retail", dry_run=True, errors=sample.with_suffix(".e"))
    fresh = capsys.readouterr().out
    assert Receipt.objects.count() == 0
    run_import(sample)
    posted = Receipt.objects.count()
    call_command("import_sales", str(sample), profile="online-retail", dry_run=True, errors=sample.with_suffix(".e"))
    assert f"receipts posted {posted}" in fresh.replace("that would be posted", "posted")
    assert f"unchanged {posted}" in capsys.readouterr().out


def test_gzip_gbk_semicolons_and_workbooks_simply_work(sample, tmp_path):
    from openpyxl import Workbook

    rows = [line.split(",") for line in SAMPLE.read_text().splitlines() if '"' not in line and "£" not in line]
    zipped = tmp_path / "a.csv.gz"
    zipped.write_bytes(gzip.compress(SAMPLE.read_bytes()))
    gbk = tmp_path / "b.csv"
    gbk.write_bytes(SAMPLE.read_text().replace("TIN LANTERN", "锡灯").encode("gb18030"))
    semicolons = tmp_path / "c.csv"
    semicolons.write_text("\n".join(";".join(row) for row in rows))
    book = Workbook()
    for row in rows:
        book.active.append(row)
    xlsx = tmp_path / "d.xlsx"
    book.save(xlsx)
    run_import(zipped)
    receipts = Receipt.objects.count()
    compare_with_oracle(SAMPLE, DAY)
    for path in (gbk, semicolons, xlsx):
        run_import(path)
    assert Receipt.objects.count() == receipts


@pytest.mark.skipif(not REAL.exists(), reason="the real receipts do not lie beside this clone")
def test_the_real_receipts_come_out_to_the_fen(tmp_path):
    run_import(REAL, tmp_path / "errors.csv")
    total = figures_as_of(DAY)
    assert len((tmp_path / "errors.csv").read_text().splitlines()) - 1 == 1339
    assert (total.sales, total.returns, total.members) == (20725, 3836, 4372)
    assert str(total.net_spend) == "8300065.81"
    assert total.points_outstanding == 8_078_184
    assert total.stars == {3: 3501, 4: 772, 5: 99}
    assert (total.matched_return_lines, total.unmatched_returns) == (7516, 1772)
    assert str(figures_as_of(DAY, member=Member.objects.get(external_no="14646")).net_spend) == "279489.02"
    compare_members(REAL, DAY, ["12748", "14911", "17841", "14646", "12347", "18102", "15098", "17850"])
    assert list(find_breaches()) == []
