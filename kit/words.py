"""Words of texts, for searching without an extension of the database: Chinese by pairs of characters."""

import re
from typing import Final

HAN: Final = re.compile(r"[\u3400-\u9fff]+")
WORD: Final = re.compile(r"[a-z0-9]+")


def tokens(text: str) -> list[str]:
    """What a text can be found by: pairs of Chinese characters (single ones too), and the beginnings of words."""
    found: dict[str, None] = {}
    for run in HAN.findall(text):
        for char, pair in zip(run, [*(run[i : i + 2] for i in range(len(run) - 1)), ""], strict=True):
            found[char] = None
            if pair:
                found[pair] = None
    for word in WORD.findall(text.lower()):
        for end in range(min(2, len(word)), min(len(word), 12) + 1):
            found[word[:end]] = None
    return list(found)


def asked_tokens(text: str) -> list[str]:
    """What an article must hold to answer a question of these words: every pair of characters, every word."""
    found: dict[str, None] = {}
    for run in HAN.findall(text):
        pairs = [run[i : i + 2] for i in range(len(run) - 1)] or [run]
        found.update(dict.fromkeys(pairs))
    found.update(dict.fromkeys(word[:12] for word in WORD.findall(text.lower())))
    return list(found)[:40]
