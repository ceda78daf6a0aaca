"""QR codes as inline SVG: no image files, no styles of their own, sharp on every screen."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M

BORDER = 2


def qr_svg(text: str, label: object) -> SafeString:
    """The code of a text, with what it is for readers who do not see it."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=BORDER)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    return format_html(
        '<svg class="qr" viewBox="0 0 {} {}" role="img" aria-label="{}" shape-rendering="crispEdges"><path d="{}"/></svg>',
        len(matrix),
        len(matrix),
        label,
        "".join(_row(y, row) for y, row in enumerate(matrix)),
    )


def _row(y: int, row: list[bool]) -> str:
    """One line of the picture: each run of dark squares is one stroke."""
    drawn, start = "", None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            drawn += f"M{start} {y}h{x - start}v1h-{x - start}z"
            start = None
    return drawn
