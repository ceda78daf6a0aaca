"""The night's work, twice: the second run says and changes nothing."""

from datetime import timedelta

from django.utils import timezone

from staff.models import Notice
from staff.tests.factories import make_user
from stores.tests.factories import make_counter
from suppliers.services.nightly import run_nightly
from suppliers.services.schemes import STANDARD_GRADES, save_scheme, standard_weights
from suppliers.tests.factories_parties import make_licence, make_party, make_signed, make_type


def test_a_second_night_tells_and_changes_nothing(store_a):
    today = timezone.localdate()
    buyer = make_user("buyer", [store_a])
    running_out = make_party(store_a, status="supplier", buyer=buyer)
    run_out = make_party(store_a, status="supplier", buyer=buyer)
    type = make_type()
    for party, days in ((running_out, 7), (run_out, -1)):
        make_signed(party, make_counter(store_a))
        make_licence(party, type, today + timedelta(days=days))
    save_scheme(
        store=store_a,
        valid_from=(today - timedelta(days=80)).replace(day=1),
        weights=standard_weights(),
        grades=STANDARD_GRADES,
        actor=None,
    )
    first = run_nightly()
    assert (first.warnings_told, first.standings_changed, first.months_scored) == (1, 1, 2)
    told = Notice.objects.count()
    second = run_nightly()
    assert (second.warnings_told, second.standings_changed, second.last_places_told) == (0, 0, 0)
    assert Notice.objects.count() == told
    run_out.refresh_from_db()
    assert run_out.selling == "grace"
