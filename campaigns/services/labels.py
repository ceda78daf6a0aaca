"""Addresses of a send by post as labels to print: three in a row, eight rows on a page of A4."""

from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from campaigns.models import Send, SendRecipient
from members.models import Member
from suppliers.services.printing import BOLD, FONT, styles

State = SendRecipient.State
ACROSS, DOWN = 3, 8
WIDTH, HEIGHT = A4[0] / ACROSS, A4[1] / DOWN
MOST = 20_000


def label_sheets(send: Send) -> BytesIO:
    """The labels of everybody the letters go to, by postcode, as the post likes it."""
    styles()
    rows = SendRecipient.objects.filter(send_id=send.pk, state__in=(State.ACCEPTED, State.DELIVERED))
    people = Member.objects.filter(pk__in=rows.values("member_id")).order_by("postcode", "pk")
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for number, member in enumerate(people[:MOST]):
        place = number % (ACROSS * DOWN)
        if number and place == 0:
            canvas.showPage()
        _label(canvas, member, place % ACROSS * WIDTH + 6 * mm, A4[1] - place // ACROSS * HEIGHT - 9 * mm)
    canvas.showPage()
    canvas.save()
    out.seek(0)
    return out


def _label(canvas: Canvas, member: Member, left: float, top: float) -> None:
    titles = {"female": " 女士 收", "male": " 先生 收"}
    lines = [
        member.postcode,
        f"{member.province}{member.city}{member.district}",
        member.street[:22],
        member.street[22:44],
    ]
    for number, line in enumerate(line for line in lines if line):
        canvas.setFont(FONT, 9)
        canvas.drawString(left, top - number * 12, line)
    canvas.setFont(BOLD, 11)
    canvas.drawString(left, top - 54, member.display_name + titles.get(member.gender, " 收"))
