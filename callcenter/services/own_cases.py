"""A member opens a case on the own pages."""

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from callcenter.models import Case
from callcenter.selectors.own_cases import exported_cases
from callcenter.services.cases import Line, open_case_from_web
from kit.errors import Busy, DomainError
from members.locks import lock_member
from members.services.self_export import register
from stores.models import Store

MOST_A_DAY: Final = 10


@transaction.atomic
def open_own_case(*, member_id: int, kind: str, title: str, description: str, line: Line | None = None) -> Case:
    """Open a case of the member at the home store (of a purchase, where it was bought). Ten a day at most; a second
    click opens no second one."""
    member = lock_member(member_id)
    since = timezone.now() - timedelta(days=1)
    today = Case.objects.filter(member=member, channel=Case.Channel.WEB, opened_at__gt=since)
    if today.count() >= MOST_A_DAY:
        raise Busy(_("You have written many times today. Please call us, or come to the member desk."))
    store_id = member.home_store_id or Store.objects.filter(is_active=True).values_list("pk", flat=True).first()
    if store_id is None:
        raise DomainError(_("No store is open for business."))
    return open_case_from_web(
        member_id=member.pk, kind=kind, title=title, description=description, store_id=store_id, line=line
    )


register("cases", gettext_lazy("Cases"), exported_cases)
