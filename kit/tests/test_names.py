import pytest

from kit import names


@pytest.mark.parametrize(
    ("name", "usual", "also"),
    [
        ("单晓敏", "shanxiaomin", "danxiaomin"),
        ("曾国藩", "zengguofan", "cengguofan"),
        ("解晓东", "xiexiaodong", "jiexiaodong"),
        ("仇英", "qiuying", "chouying"),
        ("查良镛", "zhaliangyong", "chaliangyong"),
        ("朴树", "piaoshu", "pushu"),
        ("乐嘉", "yuejia", "lejia"),
        ("盖叫天", "gejiaotian", "gaijiaotian"),
        ("翟天临", "zhaitianlin", "ditianlin"),
        ("区小姐", "ouxiaojie", "quxiaojie"),
        ("尉迟恭", "yuchigong", "weichigong"),
        ("长孙无忌", "zhangsunwuji", "changsunwuji"),
        ("万俟卨", "moqixie", "wansixie"),
        ("吕布", "lvbu", "lubu"),
        ("单于浩", "chanyuhao", "danyuhao"),
    ],
)
def test_surnames_are_found_by_the_right_reading_and_the_everyday_one(name, usual, also):
    found = names.readings(name)
    assert found.py == usual
    assert {usual, also} <= set(found.tokens)


def test_the_surname_table_applies_to_the_head_only():
    assert names.readings("王单").py == "wangdan"
    assert names.readings("李乐").py == "lile"


@pytest.mark.parametrize(
    ("name", "initials"),
    [("张晓敏", "zxm"), ("欧阳修", "oyx"), ("单晓敏", "sxm"), ("John Smith", "js"), ("A公司", "ags")],
)
def test_initials(name, initials):
    assert names.readings(name).ini == initials


def test_both_initials_of_a_surname_with_two_readings_are_tokens():
    assert {"sxm", "dxm"} <= set(names.readings("单晓敏").tokens)


def test_characters_pairs_and_given_names_are_tokens():
    assert {"张", "晓", "敏", "张晓", "晓敏", "张晓敏", "xiaomin"} <= set(names.readings("张晓敏").tokens)


def test_words_decide_between_readings_of_the_same_character():
    assert names.readings("重阳").py == "chongyang"
    assert names.readings("任重").py == "renzhong"


@pytest.mark.parametrize("name", ["", " ", "...", "😀", "张😀敏", "𠮷田", "1234", "a" * 500, "张" * 120, "\u0000"])
def test_odd_names_never_fail_and_stay_bounded(name):
    found = names.readings(name)
    assert len(found.tokens) <= 60
    assert len(found.py) <= 200
    assert len(found.ini) <= 40


def test_an_english_name_beside_the_chinese_one_is_found_too():
    found = names.readings("李明", "Leo Li")
    assert found.py == "liming"
    assert {"leoli", "lileo", "leo"} <= set(found.tokens)


def test_spaces_and_dots_inside_a_name_do_not_matter():
    assert names.clean("张 晓 敏") == "张晓敏"
    assert names.tidy("张 晓 敏") == "张晓敏"
    assert names.tidy("Ann   Lee") == "Ann Lee"
    assert names.clean("阿依古丽·买买提") == "阿依古丽买买提"


def test_letters_are_compared_without_accents_and_case():
    assert names.latin("Lǚ Bù") == "lubu"
    assert names.latin("Zhang Xiao-min") == "zhangxiaomin"


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张晓敏", "张**"), ("李明", "李*"), ("欧阳修", "欧阳*"), ("John Smith", "J***"), ("", ""), ("曾 小贤", "曾**")],
)
def test_masked_names_show_the_surname(name, masked):
    assert names.mask(name) == masked
