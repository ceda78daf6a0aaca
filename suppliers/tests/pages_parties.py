"""One of everything about suppliers and scores, for tests that open every page."""

from django.urls import reverse
from django.utils import timezone

from staff.models import User
from stores.models import Counter, Store
from suppliers.models import Leaving, LeavingStep, PartyContact, PartyTask
from suppliers.services.schemes import STANDARD_GRADES, save_scheme, standard_weights
from suppliers.services.scoring import calculate_month
from suppliers.tests.factories_parties import make_licence, make_party, make_person, make_type


def party_objects(person: User, store: Store, counter: Counter) -> dict[str, object]:
    """By the beginning of the name of the page: the object it is about."""
    today = timezone.localdate()
    party = make_party(store, status="supplier")
    licence = make_licence(party, make_type("W1"), today)
    worker = make_person(party, counter)
    leaving = Leaving.objects.create(
        party=party, cause="ours", reason="x", notice_on=today, notice_days=1, leaves_on=today
    )
    save_scheme(
        store=store, valid_from=today.replace(day=1), weights=standard_weights(), grades=STANDARD_GRADES, actor=None
    )
    period = calculate_month(store_id=store.pk, month=today.replace(day=1))
    return {
        **dict.fromkeys(
            (
                "suppliers:party_",
                "suppliers:bank_edit",
                "suppliers:event_log",
                "suppliers:contact_add",
                "suppliers:task_add",
                "suppliers:licence_add",
                "suppliers:person_add",
                "suppliers:leaving_start",
                "suppliers:override_ask",
            ),
            party,
        ),
        "suppliers:contact_": PartyContact.objects.create(party=party, name="王经理"),
        "suppliers:task_finish": PartyTask.objects.create(party=party, title="x", due_on=today, owner=person),
        "suppliers:licence_": licence,
        "suppliers:person_": worker,
        "suppliers:certificate_add": worker,
        "suppliers:leaving_call_off": leaving,
        "suppliers:step_finish": LeavingStep.objects.create(leaving=leaving, key="settled", due_on=today),
        "suppliers:score_detail": period.scores.first(),
        "suppliers:month_close": period,
        "suppliers:counter_scores": counter,
        "suppliers:scheme_edit": store,
    }


def party_address(name: str, objects: dict[str, object]) -> str:
    """The URL of a page that needs more than a number; "" for the others."""
    if name == "suppliers:party_move":
        return reverse(name, args=[objects["suppliers:party_"].pk, "talks"])
    return ""
