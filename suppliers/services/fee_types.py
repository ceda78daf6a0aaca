"""The dictionary of fees."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kit.errors import Conflict
from staff.audit import record
from staff.models import User
from suppliers.models import FeeType


@transaction.atomic
def change_fee_type(*, fee_type: FeeType, values: dict[str, Any], actor: User) -> FeeType:
    """Add or change a kind of fee. A code that is taken refuses; what was charged stays as it was."""
    for name, value in values.items():
        setattr(fee_type, name, value)
    try:
        with transaction.atomic():
            fee_type.save()
    except IntegrityError as exc:
        raise Conflict(_("This code is taken."), fields={"code": ""}) from exc
    record(actor, "suppliers.fee_type_changed", fee_type, code=fee_type.code)
    return fee_type
