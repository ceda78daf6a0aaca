import pytest

from kit import phones


@pytest.mark.parametrize(
    "typed",
    [
        "13812344821",
        "１３８１２３４４８２１",
        " 138 1234 4821 ",
        "138-1234-4821",
        "138—1234—4821",
        "+86 138 1234 4821",
        "008613812344821",
        "8613812344821",
        "013812344821",
        "1795113812344821",
        "+86013812344821",
        "手机：13812344821",
        "\u200b13812344821",
    ],
)
def test_one_mobile_number_has_one_form_however_it_is_typed(typed):
    assert phones.normalise(typed) == "+8613812344821"


@pytest.mark.parametrize(
    ("typed", "e164"),
    [
        ("0532-85861234", "+8653285861234"),
        ("(0532) 8586 1234", "+8653285861234"),
        ("（0532）85861234", "+8653285861234"),
        ("8653285861234", "+8653285861234"),
        ("010-85861234转12", "+861085861234"),
        ("400-820-8820", "+864008208820"),
        ("+1 415 555 2671", "+14155552671"),
        ("+852 9123 4567", "+85291234567"),
    ],
)
def test_landlines_service_numbers_and_foreign_numbers_are_understood(typed, e164):
    assert phones.normalise(typed) == e164


@pytest.mark.parametrize("typed", ["", "abc", "12", "1381234482", "138123448211", "138123448a1", None, "1" * 40])
def test_it_refuses_what_cannot_be_a_number_in_words(typed):
    with pytest.raises(phones.InvalidPhone) as caught:
        phones.normalise(typed)
    assert "11" in str(caught.value)


def test_new_prefixes_and_short_codes_are_possible_but_flagged():
    assert phones.parse("10086").is_known is False
    assert phones.parse("19912345678").is_known is True


@pytest.mark.parametrize("typed", ["10086", "95588", "85861234"])
def test_a_person_cannot_be_reached_at_a_short_code_or_without_the_area_code(typed):
    with pytest.raises(phones.InvalidPhone):
        phones.reachable(typed)


@pytest.mark.parametrize(
    ("e164", "masked"),
    [
        ("+8613812344821", "138****4821"),
        ("13812344821", "138****4821"),
        ("+8653285861234", "0532-****1234"),
        ("+861085861234", "010-****1234"),
        ("+864008208820", "400-****8820"),
        ("+14155552671", "+14****2671"),
        ("", ""),
        (None, ""),
        ("10086", "****86"),
    ],
)
def test_masking_hides_the_middle_of_any_number(e164, masked):
    assert phones.mask(e164) == masked


def test_the_tail_is_what_the_desk_asks_for():
    assert phones.tail("+8613812344821") == "4821"
