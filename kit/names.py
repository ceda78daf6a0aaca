"""How Chinese names are typed: full pinyin and initials, every reading of the surname, and tokens.

The reading of a surname differs from that of the same character elsewhere (单 is Shan as a surname,
dan otherwise), so a table of surnames applies to the head of the name only. Both readings are kept:
people type what they believe.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product

from pypinyin import Style, pinyin

# Surnames whose reading differs from the everyday one; the first reading is the usual one.
SURNAMES: dict[str, tuple[str, ...]] = {
    "单": ("shan", "dan"), "曾": ("zeng", "ceng"), "解": ("xie", "jie"), "仇": ("qiu", "chou"),
    "查": ("zha", "cha"), "朴": ("piao", "pu"), "乐": ("yue", "le"), "盖": ("ge", "gai"),
    "翟": ("zhai", "di"), "区": ("ou", "qu"), "任": ("ren",), "华": ("hua",), "纪": ("ji",),
    "葛": ("ge",), "尉": ("wei", "yu"), "冼": ("xian",), "缪": ("miao", "mou"), "繁": ("po", "fan"),
    "秘": ("bi", "mi"), "重": ("chong", "zhong"), "种": ("chong", "zhong"), "员": ("yun", "yuan"),
    "召": ("shao", "zhao"), "隗": ("wei", "kui"), "逄": ("pang",), "臧": ("zang",), "洗": ("xian", "xi"),
    "黑": ("he", "hei"), "哈": ("ha",), "盛": ("sheng",), "柏": ("bai", "bo"), "卜": ("bu",),
    "覃": ("qin", "tan"), "谌": ("chen", "shen"), "宓": ("mi", "fu"), "殷": ("yin",), "燕": ("yan",),
    "过": ("guo",), "祭": ("zhai", "ji"), "薄": ("bo", "bao"), "郗": ("xi", "chi"), "郇": ("xun", "huan"),
    "佴": ("nai", "er"), "那": ("na",), "宁": ("ning",), "车": ("che",), "大": ("da",), "令": ("ling",),
    "眭": ("sui",), "炅": ("gui", "jiong"), "句": ("gou", "ju"), "俱": ("ju",), "适": ("kuo", "shi"),
    "瞿": ("qu",), "晟": ("cheng", "sheng"), "幺": ("yao",), "撒": ("sa",), "折": ("she", "zhe"),
    "钭": ("tou",), "乜": ("nie", "mie"), "长": ("chang", "zhang"), "卒": ("zu",), "阚": ("kan",),
    "牟": ("mu", "mou"), "於": ("yu",), "俞": ("yu",), "行": ("xing", "hang"), "相": ("xiang",),
    "幸": ("xing",), "石": ("shi",), "沈": ("shen",), "便": ("bian", "pian"), "贾": ("jia",),
    "褚": ("chu",), "晁": ("chao",), "朝": ("chao",), "阿": ("a",), "角": ("jue", "jiao"),
    "吕": ("lv", "lu", "lyu"), "娄": ("lou",), "卢": ("lu",), "陆": ("lu",), "万": ("wan",), "仉": ("zhang",),
    "璩": ("qu",), "麴": ("qu",), "應": ("ying",), "粘": ("nian", "zhan"),
    "曲": ("qu",), "余": ("yu",), "佘": ("she",), "都": ("du", "dou"), "靓": ("jing",), "甄": ("zhen",),
    "能": ("nai", "neng"), "藏": ("zang", "cang"), "术": ("zhu", "shu"), "樊": ("fan",), "费": ("fei", "bi"),
    "單": ("shan", "dan"), "樂": ("yue", "le"), "蓋": ("ge", "gai"), "區": ("ou", "qu"), "呂": ("lv", "lu", "lyu"),
}  # fmt: skip

COMPOUND_SURNAMES: dict[str, tuple[str, ...]] = {
    "欧阳": ("ouyang",), "歐陽": ("ouyang",), "上官": ("shangguan",), "司马": ("sima",), "司徒": ("situ",),
    "司空": ("sikong",), "司寇": ("sikou",), "诸葛": ("zhuge",), "諸葛": ("zhuge",), "东方": ("dongfang",),
    "尉迟": ("yuchi", "weichi"), "长孙": ("zhangsun", "changsun"), "万俟": ("moqi", "wansi"),
    "宇文": ("yuwen",), "慕容": ("murong",), "皇甫": ("huangfu",), "令狐": ("linghu",),
    "公孙": ("gongsun",), "夏侯": ("xiahou",), "轩辕": ("xuanyuan",), "钟离": ("zhongli",),
    "濮阳": ("puyang",), "淳于": ("chunyu",), "单于": ("chanyu", "danyu"), "太叔": ("taishu",),
    "申屠": ("shentu",), "仲孙": ("zhongsun",), "澹台": ("tantai", "dantai"), "公冶": ("gongye",),
    "宗政": ("zongzheng",), "赫连": ("helian",), "闻人": ("wenren",), "独孤": ("dugu",),
    "南宫": ("nangong",), "拓跋": ("tuoba",), "百里": ("baili",), "呼延": ("huyan",), "东郭": ("dongguo",),
    "端木": ("duanmu",), "西门": ("ximen",), "第五": ("diwu",), "鲜于": ("xianyu",), "闾丘": ("lvqiu", "luqiu"),
    "亓官": ("qiguan",), "漆雕": ("qidiao",), "乐正": ("yuezheng", "lezheng"), "壤驷": ("rangsi",),
    "公羊": ("gongyang",), "谷梁": ("guliang",), "梁丘": ("liangqiu",), "左丘": ("zuoqiu",),
    "东门": ("dongmen",), "纳兰": ("nalan",), "完颜": ("wanyan",), "叶赫": ("yehe",),
}  # fmt: skip

_COMPOUND_SPLIT: dict[str, int] = {  # how many letters the first syllable of a compound reading has
    "ouyang": 2, "shangguan": 5, "sima": 2, "situ": 2, "sikong": 2, "sikou": 2, "zhuge": 3,
    "dongfang": 4, "yuchi": 2, "weichi": 3, "zhangsun": 5, "changsun": 5, "moqi": 2, "wansi": 3,
    "yuwen": 2, "murong": 2, "huangfu": 5, "linghu": 4, "gongsun": 4, "xiahou": 3, "xuanyuan": 4,
    "zhongli": 5, "puyang": 2, "chunyu": 4, "chanyu": 4, "danyu": 3, "taishu": 3, "shentu": 4,
    "zhongsun": 5, "tantai": 3, "dantai": 3, "gongye": 4, "zongzheng": 4, "helian": 2, "wenren": 3,
    "dugu": 2, "nangong": 3, "tuoba": 3, "baili": 3, "huyan": 2, "dongguo": 4, "duanmu": 4, "ximen": 2,
    "diwu": 2, "xianyu": 4, "lvqiu": 2, "luqiu": 2, "qiguan": 2, "qidiao": 2, "yuezheng": 3,
    "lezheng": 2, "rangsi": 4, "gongyang": 4, "guliang": 2, "liangqiu": 5, "zuoqiu": 3, "dongmen": 4,
    "nalan": 2, "wanyan": 3, "yehe": 2,
}  # fmt: skip

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_WORD = re.compile(r"[a-z0-9]+")
_MOST_READINGS = 12
_MOST_TOKENS = 60


@dataclass(frozen=True)
class Readings:
    """A name as it may be typed: the cleaned name, the first reading, and every token."""

    name: str
    py: str
    ini: str
    tokens: tuple[str, ...]

    @property
    def other_tokens(self) -> list[str]:
        """The tokens an index of words needs besides B-trees on the three columns, which find what stands at the
        head of the name: half the keys, half the work."""
        head = {self.name, self.py, self.ini, self.name[:1], self.name[:2]}
        rest = self.name[1:]
        return [token for token in self.tokens if token not in head or (len(token) < 3 and token in rest)]


def has_han(text: str) -> bool:
    """Whether there is a Chinese character in the text."""
    return bool(_HAN.search(text))


def _is_plain_han(name: str) -> bool:
    """The usual case, told apart quickly: nothing but common Chinese characters."""
    return bool(name) and min(name) >= "\u4e00" and max(name) <= "\u9fa5"


def clean(name: str) -> str:
    """A name as it is kept for searching: half-width, lower case, spaces and dots within Han gone."""
    if _is_plain_han(name):
        return name
    text = unicodedata.normalize("NFKC", name or "").strip().casefold()
    if has_han(text):
        return re.sub(r"[\s·•・.．\-_'’]+", "", text)
    return re.sub(r"\s+", " ", text)


def tidy(name: str) -> str:
    """A name as it is shown: half-width, no stray spaces; 张 晓敏 becomes 张晓敏, Ann  Lee Ann Lee."""
    if not name or _is_plain_han(name):
        return name or ""
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", name)).strip()
    previous = ""
    while previous != text:
        previous = text
        text = re.sub(r"([\u3400-\u9fff]) ([\u3400-\u9fff])", r"\1\2", text)
    return text


def latin(text: str) -> str:
    """Letters and digits only, lower case, ü as v: what a keyboard search compares."""
    folded = unicodedata.normalize("NFKD", (text or "").casefold().replace("ü", "v"))
    return "".join(_WORD.findall("".join(c for c in folded if not unicodedata.combining(c))))


def readings(name: str, name_en: str = "") -> Readings:
    """Everything a member's name can be found by."""
    first = clean(name)
    found = _readings(first) if first else Readings("", "", "", ())
    if not name_en.strip():
        return found
    other = _readings(clean(name_en))
    if not first:
        return other
    return Readings(found.name, found.py, found.ini, _few((*found.tokens, *other.tokens)))


@lru_cache(maxsize=200_000)
def _readings(name: str) -> Readings:
    if not has_han(name):
        return _latin_readings(name)
    if simple := _simple_readings(name):
        return simple
    spoken = [tuple(syllables) for syllables in _ways(name)]
    full = ["".join(way) for way in spoken]
    initials = ["".join(s[0] for s in way if s) for way in spoken]
    han = "".join(c for c in name if _HAN.match(c))
    grams = [han[i : i + 2] for i in range(len(han) - 1)]
    given = ["".join(way[1:]) for way in spoken if len(way) > 2]
    tokens = _few((name, *full, *initials, *grams, *han, *given))
    return Readings(name, full[0][:200], initials[0][:40], tokens)


def _simple_readings(name: str) -> Readings | None:
    """Most names: every character has one reading. The same outcome as the long way, in a quarter of the time."""
    if len(name) > 4 or not _is_plain_han(name) or name[0] in SURNAMES or name[:2] in COMPOUND_SURNAMES:
        return None
    syllables = [_plain(_character(name[0])[0])]
    for char in name[1:]:
        options = _character(char)
        if len(options) > 1:
            return None
        syllables.append(_plain(options[0]))
    full, initials = "".join(syllables), "".join([s[0] for s in syllables])
    grams = [name[i : i + 2] for i in range(len(name) - 1)]
    given = ["".join(syllables[1:])] if len(syllables) > 2 else []
    return Readings(name, full, initials, tuple(dict.fromkeys((name, full, initials, *grams, *name, *given))))


def _latin_readings(name: str) -> Readings:
    words = _WORD.findall("".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)))
    joined = "".join(words)
    initials = "".join(w[0] for w in words)
    backwards = "".join(reversed(words)) if len(words) == 2 else joined
    return Readings(name, joined[:200], initials[:40], _few((name, joined, backwards, initials, *words)))


def _ways(name: str) -> list[tuple[str, ...]]:
    """Every likely way to read the name aloud, the usual one first; one syllable per part."""
    head, rest = _head(name)
    tail = [tuple(dict.fromkeys(_plain(s) for s in options)) for options in _pinyin(rest)]
    # Given names: the usual reading of each character, and at most one other per name.
    usual = tuple(options[0] for options in tail)
    others = [(*usual[:i], option, *usual[i + 1 :]) for i, options in enumerate(tail) for option in options[1:3]]
    given = [usual, *others]
    ways = ((*surname, *first) for first, surname in product(given, head))
    return list(islice(dict.fromkeys(ways), _MOST_READINGS))


def _head(name: str) -> tuple[list[tuple[str, ...]], str]:
    """The readings of the surname, and what is left of the name."""
    compound = COMPOUND_SURNAMES.get(name[:2])
    if compound and len(name) > 2:
        heads = [(r[: _COMPOUND_SPLIT[r]], r[_COMPOUND_SPLIT[r] :]) for r in compound]
        return heads, name[2:]
    first = name[0]
    if not _HAN.match(first):
        return [()], name
    known = SURNAMES.get(first)
    # A surname outside the table has one reading in use, whatever else the character may sound like.
    spoken = known or (_plain(_pinyin(first)[0][0]),)
    return [(reading,) for reading in spoken], name[1:]


def _pinyin(text: str) -> list[tuple[str, ...]]:
    """Readings per character, the usual one first; runs of letters and digits stay one part each."""
    if not text:
        return []
    every = [_character(c) for c in text]
    if all(len(options) == 1 and options[0] for options in every):
        return every
    # Words tell which reading is meant: 重阳 is chongyang, 任重 renzhong.
    usual = pinyin(text, style=Style.NORMAL, errors=_unspoken)
    if len(text) != len(usual):
        return [tuple(options) for options in usual]
    return [(first[0], *options) for first, options in zip(usual, every, strict=True)]


@lru_cache(maxsize=30_000)
def _character(char: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(pinyin(char, style=Style.NORMAL, heteronym=True, errors=_unspoken)[0]))


def _unspoken(run: str) -> list[str]:
    return _WORD.findall(run) or [""]


def _plain(syllable: str) -> str:
    return syllable.replace("ü", "v").casefold()


def _few(tokens: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(islice(dict.fromkeys(t[:100] for t in tokens if t), _MOST_TOKENS))


def mask(name: str) -> str:
    """A name as people outside its scope see it: 张**, John ****."""
    text = tidy(name)
    if not text:
        return ""
    if has_han(text):
        keep = 2 if text[:2] in COMPOUND_SURNAMES and len(text) > 2 else 1
        return text[:keep] + "*" * max(1, min(len(text) - keep, 3))
    return text[0] + "***"
