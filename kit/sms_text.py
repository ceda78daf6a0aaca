"""How long a text message is: 70 characters are one, from there on 67 a part (UCS-2, the signature counted)."""

import math


def with_signature(text: str, signature: str, opt_out: str = "") -> str:
    """The text as it arrives: 【signature】 before it, the opt-out wording behind it unless it is there already."""
    ending = "" if not opt_out or text.rstrip().endswith(opt_out) else opt_out
    if ending and text and text[-1].isalnum():
        ending = (" " if text[-1].isascii() else "，") + ending
    return (f"【{signature}】" if signature else "") + text + ending


def units(text: str) -> int:
    """Characters as the carriers count them: what lies outside the basic plane (an emoji) counts two."""
    return len(text.encode("utf-16-le")) // 2


def parts(text: str) -> int:
    """How many messages are charged for the text."""
    length = units(text)
    return 1 if length <= 70 else math.ceil(length / 67)
