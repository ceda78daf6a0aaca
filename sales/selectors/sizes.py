"""Sizes of children's wear, which are the child's height in centimetres."""

import re

# Shops stock heights in steps of ten: 80, 90 … 160. A child grows five to seven centimetres a year.
STEP, SMALLEST, LARGEST = 10, 50, 160


def next_size_up(size: str) -> str:
    """120 → 130, "110/56" → 120; nothing for what is no height or already the largest."""
    found = re.match(r"\s*(\d{2,3})(?!\d)", size)
    height = int(found.group(1)) if found else 0
    if not SMALLEST <= height < LARGEST:
        return ""
    return str(height // STEP * STEP + STEP)
