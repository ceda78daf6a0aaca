"""How a page is set: the Chinese font, tables that break over pages, a foot with the number of the page.

reportlab embeds the glyphs used, so a page looks the same on a machine without Chinese fonts.
"""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from typing import Any, Final

from django.conf import settings
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer

FONT: Final = "NotoSansSC"
BOLD: Final = "NotoSansSC-Bold"
FILES: Final = {FONT: "400Regular/NotoSansSC_400Regular.ttf", BOLD: "700Bold/NotoSansSC_700Bold.ttf"}
LINE: Final = colors.HexColor("#d5d9de")
INK: Final = colors.HexColor("#1d2733")
SOFT: Final = colors.HexColor("#5b6775")
# The frame keeps 6 points free on both sides.
WIDTH: Final = A4[0] - 36 * mm - 12


@cache
def styles() -> dict[str, ParagraphStyle]:
    """The styles of our printed pages; the fonts are read once per process."""
    for name, path in FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(settings.FONTS_DIR / path)))
    body = ParagraphStyle("body", fontName=FONT, fontSize=9, leading=13.5, textColor=INK, wordWrap="CJK")
    return {
        "body": body,
        "soft": ParagraphStyle("soft", body, fontSize=8, leading=12, textColor=SOFT),
        "soft_num": ParagraphStyle("soft_num", body, fontSize=8, leading=12, textColor=SOFT, alignment=TA_RIGHT),
        "num": ParagraphStyle("num", body, alignment=TA_RIGHT, wordWrap=None),
        "strong": ParagraphStyle("strong", body, fontName=BOLD),
        "strong_num": ParagraphStyle("strong_num", body, fontName=BOLD, alignment=TA_RIGHT, wordWrap=None),
        "head": ParagraphStyle("head", body, fontName=BOLD, fontSize=11, leading=16, spaceBefore=10, spaceAfter=4),
        "title": ParagraphStyle("title", body, fontName=BOLD, fontSize=16, leading=22, spaceAfter=6),
    }


def text(value: object, style: str = "body") -> Paragraph:
    """A paragraph; what people typed is shown as typed."""
    escaped = str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Paragraph(escaped.replace("\n", "<br/>"), styles()[style])


def table(rows: Sequence[Sequence[Any]], widths: Sequence[float], *, heading: int = 0, ruled: int = 0) -> LongTable:
    """Rows with thin lines between them; `heading` rows come again on every page, a line above the last `ruled`."""
    found = LongTable(rows, colWidths=[part * WIDTH for part in widths], repeatRows=heading)
    found.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
            *([("LINEABOVE", (0, -ruled), (-1, -ruled), 0.9, INK)] if ruled else []),
        ]
    )
    return found


def signatures(*labels: str) -> LongTable:
    """Places to sign and seal beside each other, with room below each label."""
    return table([[[text(label), gap(20)] for label in labels]], [1 / len(labels)] * len(labels))


def gap(height: float = 4) -> Spacer:
    return Spacer(1, height * mm)


def pdf(story: Sequence[Any], *, title: str, foot: str) -> bytes:
    """The pages as bytes, A4, numbered."""
    styles()
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=16 * mm,
        bottomMargin=18 * mm,
        title=title,
        author=foot,
    )

    def page(canvas: Canvas, built: SimpleDocTemplate) -> None:
        canvas.setFont(FONT, 7.5)
        canvas.setFillColor(SOFT)
        canvas.drawString(18 * mm + 6, 10 * mm, f"{foot} · {title}")
        canvas.drawRightString(A4[0] - 18 * mm - 6, 10 * mm, f"第 {built.page} 页")

    document.build(list(story), onFirstPage=page, onLaterPages=page)
    return out.getvalue()
