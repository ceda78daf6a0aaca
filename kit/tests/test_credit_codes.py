"""The check digit of GB 32100."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.credit_codes import ALPHABET, check_digit, is_right, tidy

# The standard's own example, and the register entries of two public companies.
KNOWN = ["91350100M000100Y43", "91440300708461136T", "914403001922038216"]


@pytest.mark.parametrize("code", KNOWN)
def test_known_codes_are_right(code):
    assert is_right(code)


@pytest.mark.parametrize("code", ["", "9135", "91350100M000100Y44", "91350100I000100Y43", "9A350100M000100Y43X"])
def test_what_is_no_code_is_refused(code):
    assert not is_right(code)


def test_what_was_typed_is_tidied():
    assert tidy(" 91350100m000100y43") == KNOWN[0]
    assert tidy("９１３５０１００Ｍ０００１００Ｙ４３") == KNOWN[0]


BODY = st.builds(
    lambda head, region, tail: head + region + tail,
    st.text(ALPHABET, min_size=2, max_size=2),
    st.from_regex(r"[0-9]{6}", fullmatch=True),
    st.text(ALPHABET, min_size=9, max_size=9),
)


@given(BODY, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_seen(body, place, char):
    code = body + check_digit(body)
    assert is_right(code)
    wrong = code[:place] + char + code[place + 1 :]
    assert is_right(wrong) == (wrong == code)
