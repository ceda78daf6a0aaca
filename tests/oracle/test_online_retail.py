"""The oracle itself, against figures worked out by hand and those published for the real file."""

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from . import sample
from .online_retail import figures

HERE = Path(__file__).resolve()
SAMPLE = HERE.parents[1] / "data" / "online-retail-sample.csv"
REAL = HERE.parents[3] / "shared" / "data" / "online-retail.csv.gz"
DAY = date(2011, 12, 10)


def test_sample_is_what_the_generator_writes():
    assert SAMPLE.read_bytes() == sample.text().encode()


def test_sample_members():
    got = figures(SAMPLE, DAY).members
    assert {k: (got[k].points, got[k].stars, str(got[k].net_spend)) for k in sample.EXPECTED} == sample.EXPECTED


def test_sample_matches():
    result = figures(SAMPLE, DAY)
    lines = list(sample.rows())
    missing = {u.file_line: u.missing for u in result.unmatched}
    got = {}
    for number, found in result.matches.items():
        got.setdefault(lines[number - 2][0], []).append((found, missing.get(number, 0)))
    assert {k: got[k] for k in sample.EXPECTED_MATCHES} == sample.EXPECTED_MATCHES


def test_sample_rejected():
    reasons = Counter(r.reason for r in figures(SAMPLE, DAY).rejected)
    assert reasons == {"bad-debt booking": 2, "stock adjustment": 4}


def test_sample_in_the_next_year():
    before, after = figures(SAMPLE, date(2011, 12, 31)), figures(SAMPLE, date(2012, 1, 1))
    stars = {k: (before.members[k].stars, after.members[k].stars) for k in ("20008", "20017", "20018", "20019")}
    assert stars == {"20008": (4, 4), "20017": (4, 3), "20018": (5, 4), "20019": (4, 4)}
    assert figures(SAMPLE, date(2012, 1, 1), renew=False).members["20019"].stars == 3
    assert (before.members["20017"].points, after.members["20017"].points) == (2050, 50)


@pytest.mark.skipif(not REAL.exists(), reason="the real receipts do not lie beside this clone")
def test_real_file():
    result = figures(REAL, DAY)
    assert result.totals() == {
        "as_of": "2011-12-10",
        "lines": 541909,
        "lines_without_member": 135080,
        "lines_rejected": 1339,
        "sales": 20725,
        "returns": 3836,
        "members": 4372,
        "net_spend": "8300065.81",
        "points": 8078184,
        "stars": {"3": 3501, "4": 772, "5": 99},
        "return_lines_matched": 7516,
        "return_lines_unmatched": 1772,
    }
    assert result.members["14646"].net_spend == Decimal("279489.02")
