"""Printed pages: Chinese with its glyphs inside the file, every number on it, on a machine without Chinese fonts."""

from datetime import date
from decimal import Decimal as D

import pypdfium2
import pytest

from suppliers.services.prints import contract_pdf, statement_pdf, statement_workbook
from suppliers.services.settlement import run_month
from suppliers.tests.factories_contracts import counter_of, make_contract, make_fee_type, sell_on

pytestmark = pytest.mark.django_db


def text_of(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    found = ""
    for page in document:
        words = page.get_textpage()
        found += words.get_text_bounded()
        words.close()
        page.close()
    document.close()
    return found


@pytest.fixture
def contract(store_a):
    fee = {"fee_type": make_fee_type(), "amount": D(2000), "recurrence": "monthly"}
    contract = make_contract(
        store_a, guarantee="sales", guaranteed=D(100000), starts_on=date(2026, 3, 1), fees=[fee],
        note="<b>乙方</b>须遵守 & 服从",
    )  # fmt: skip
    sell_on(counter_of(contract), date(2026, 3, 5), "60000.00")
    return contract


def test_a_statement_says_every_number_in_chinese(contract, store_a):
    run_month(month_on=date(2026, 3, 1), actor=None, store_ids=[store_a.pk])
    one = contract.settlements.get()
    content = statement_pdf(one)
    found = text_of(content)
    for words in (
        one.number,
        "销售保底差额",
        "40,000.00 × 25%",
        "-10,000.00",
        "应付金额",
        "33,000.00",
        contract.party.name,
    ):
        assert words in found
    assert b"FontFile2" in content
    assert len(content) < 200_000
    assert statement_workbook(one)[:2] == b"PK"


def test_a_contract_prints_its_terms_and_what_people_typed(contract):
    found = text_of(contract_pdf(contract.versions.get()))
    for words in ("联营", contract.number, "含税销售额的 25%", "每月 2,000.00", "<b>乙方</b>须遵守 & 服从"):
        assert words in found
