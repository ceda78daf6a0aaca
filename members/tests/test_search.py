import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.selectors import classify, register_row_badge, search
from members.selectors import found as found_module
from members.services.merging import merge_members
from members.tests.factories import make_member


@pytest.fixture
def zhang(store_a):
    return make_member(name="张晓敏", phone="+8613812344821", store=store_a, external_no="14646", external_source="old")


@pytest.fixture
def others(store_a):
    return [
        make_member(name="单晓敏", phone="+8613912344821", store=store_a),
        make_member(name="张小满", phone="+8613700001234", store=store_a),
        make_member(name="欧阳修", phone="+8653285861234", store=store_a),
        make_member(name="John Smith", phone="+8613600009999", store=store_a),
    ]


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("13812344821", "phone"),
        ("１３８ 1234 4821", "phone"),
        ("+86 138-1234-4821", "phone"),
        ("4821", "tail"),
        ("zxm", "letters"),
        ("ZHANGXIAOMIN", "letters"),
        ("zhang xiao min", "letters"),
        ("zhangxi", "letters"),
        ("zxm 4821", "letters_tail"),
        ("zxm4821", "letters_tail"),
        ("zhangxiaomin 4821", "letters_tail"),
        ("张晓敏", "han"),
        ("张 晓 敏", "han"),
        ("晓敏", "han"),
        ("张", "han"),
        ("敏", "han"),
        ("张晓敏 4821", "name_tail"),
        ("张4821", "name_tail"),
        ("晓敏4821", "name_tail"),
        ("14646", "number"),
        ("12344821", "number"),
        ("1381234", "number"),
    ],
)
def test_a_member_is_found_by_whatever_people_type(zhang, others, ada, typed, kind):
    assert classify(typed).kind == kind
    assert zhang.pk in [one.pk for one in search(typed, ada)]


def test_a_card_and_a_member_number_find_exactly_one(zhang, others, ada):
    number = zhang.cards.get().number
    assert [one.pk for one in search(number, ada)] == [zhang.pk]
    assert [one.pk for one in search(f"{number[:4]} {number[4:]}", ada)] == [zhang.pk]
    zhang.member_no = "M00000777"
    zhang.save(update_fields=["member_no"])
    assert [one.pk for one in search("m00000777", ada)] == [zhang.pk]


def test_name_and_last_four_narrow_to_the_one_meant(zhang, others, ada):
    assert [one.pk for one in search("zxm 4821", ada)] == [zhang.pk]
    assert [one.pk for one in search("dxm 4821", ada)] == [others[0].pk]
    assert [one.pk for one in search("sxm 4821", ada)] == [others[0].pk]
    assert search("wxm 4821", ada) == []


def test_a_surname_is_found_by_either_reading(others, ada):
    for typed in ("sxm", "dxm", "shanxiaomin", "danxiaomin"):
        assert others[0].pk in [one.pk for one in search(typed, ada)]


def test_compound_surnames_landlines_and_latin_names(others, ada):
    assert [one.pk for one in search("oyx", ada)] == [others[2].pk]
    assert others[2].pk in [one.pk for one in search("0532-85861234", ada)]
    assert others[2].pk in [one.pk for one in search("85861234", ada)]
    for typed in ("john smith", "smith", "js", "JohnSmith"):
        assert others[3].pk in [one.pk for one in search(typed, ada)]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "%",
        "_",
        "'",
        "\\",
        "---",
        "\x00",
        "%%%%",
        "😀",
        "a'b 4821",
        "张%",
        "9" * 80,
        "x" * 500,
        "{}",
        "张\\",
        "٣٤٥٦",
    ],
)
def test_odd_input_finds_nothing_and_breaks_nothing(zhang, ada, typed):
    assert search(typed, ada) == []


def test_names_beginning_with_it_come_before_names_containing_it(ada, store_a):
    inside = make_member(name="李晓敏", store=store_a)
    head = make_member(name="晓敏", store=store_a)
    assert [one.pk for one in search("晓敏", ada)] == [head.pk, inside.pk]


def test_each_member_comes_once_and_never_more_than_asked_for(ada, store_a):
    many = [make_member(name="王伟", store=store_a) for _ in range(8)]
    assert len(search("ww", ada)) == 8
    assert len(search("ww", ada, limit=5)) == 5
    assert len({one.pk for one in search("王伟", ada)}) == len(many)


def test_phones_are_masked_in_results(zhang, ada):
    (one,) = search("13812344821", ada)
    assert one.phone == "138****4821"
    assert one.name == "张晓敏"
    assert one.in_scope
    assert one.card.endswith(zhang.cards.get().number[-4:])


def test_a_merged_member_is_found_as_its_winner(zhang, others, ada, merges_alone):
    merge_members(winner_id=others[0].pk, loser_id=zhang.pk, actor=ada)
    for typed in ("13812344821", "14646", zhang.cards.model.objects.filter(member=others[0]).last().number):
        assert [one.pk for one in search(typed, ada)] == [others[0].pk]
    assert zhang.pk not in [one.pk for one in search("zxm", ada)]


def test_one_statement_finds_and_badges_add_one_each(zhang, others, ada, monkeypatch):
    monkeypatch.setattr(found_module, "_badges", {})
    register_row_badge("tier", lambda user, ids: dict.fromkeys(ids, "★★★"))
    search("zxm", ada)
    with CaptureQueriesContext(connection) as queries:
        found = search("z", ada)
    selects = [q["sql"] for q in queries if "members_membersearch" in q["sql"]]
    assert len(selects) == 1
    assert found[0].badges == ("★★★",)


@pytest.mark.parametrize("rows", [3, 30])
def test_the_number_of_queries_does_not_grow(ada, store_a, rows, django_assert_max_num_queries):
    for _ in range(rows):
        make_member(name="王伟", store=store_a)
    with django_assert_max_num_queries(6):
        assert len(search("王伟", ada)) == rows
