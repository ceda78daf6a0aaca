"""The pages of the pyramid: who may open them, what they lead to, and segments of their cells."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Pyramid, Segment, SegmentMember
from campaigns.services.pyramids import take_pyramid
from campaigns.services.segment_builds import rebuild_segment
from members.tests.factories import make_member
from sales.tests.factories import line_draft, make_sale
from staff.tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def role():
    return "marketer"


@pytest.fixture
def outsider_role():
    return "clerk"


@pytest.fixture
def pictures(store_a):
    today = timezone.localdate()
    members = [make_member(store=store_a, enrolled_on=today - timedelta(days=400)) for _ in range(6)]
    for place, member in enumerate(members[:5]):
        make_sale(store_a, line_draft(net=f"{500 - place}.00"), member=member, days_ago=2)
    make_sale(store_a, line_draft(net="50.00"), member=members[5], days_ago=300)
    before = take_pyramid(as_of_on=today - timedelta(days=200), months=6)
    return before, take_pyramid(as_of_on=today, months=6), members


def addresses(before: Pyramid, after: Pyramid) -> list[str]:
    return [
        reverse("campaigns:pyramid_detail", args=[after.pk]),
        reverse("campaigns:pyramid_scores", args=[after.pk]),
        reverse("campaigns:pyramid_scores", args=[after.pk]) + "?across=m",
        reverse("campaigns:pyramid_moves", args=[after.pk, before.pk]),
        reverse("campaigns:pyramid_members", args=[after.pk]) + "?layer=1",
        reverse("campaigns:pyramid_members", args=[after.pk]) + "?r=5&f=1",
        reverse("campaigns:pyramid_members", args=[after.pk]) + "?kind=relationship&least=100",
        reverse("campaigns:pyramid_members", args=[after.pk]) + f"?before={before.pk}&was=6&layer=4",
    ]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_within_its_queries(client, ada, pictures, language, django_assert_max_num_queries):
    before, after, _members = pictures
    client.force_login(ada)
    client.cookies["atrium_language"] = language
    for url in addresses(before, after):
        with django_assert_max_num_queries(15):
            assert client.get(url).status_code == 200


def test_others_may_not(client, cho, pictures):
    before, after, _members = pictures
    client.force_login(cho)
    for url in [*addresses(before, after), reverse("campaigns:pyramid_latest"), reverse("campaigns:pyramid_take")]:
        assert client.get(url).status_code == 403
    assert client.post(reverse("campaigns:pyramid_segment", args=[after.pk]), {"layer": 1}).status_code == 403


def test_a_picture_of_another_store_is_not_found(client, store_a, ben):
    picture = take_pyramid(as_of_on=timezone.localdate(), store=store_a)
    client.force_login(ben)
    assert client.get(reverse("campaigns:pyramid_detail", args=[picture.pk])).status_code == 404


def test_before_the_first_picture_the_page_says_what_to_do(client, ada):
    client.force_login(ada)
    page = client.get(reverse("campaigns:pyramid_latest"))
    assert reverse("campaigns:pyramid_take") in page.content.decode()


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [({"layer": 1}, [0]), ({"least": "499"}, [0, 1]), ({"r": 1, "f": 1}, [0, 1, 2, 3, 4]), ({"layer": 5}, [5])],
)
def test_a_cell_becomes_a_segment_in_one_click(client, ada, pictures, chosen, expected):
    _before, after, members = pictures
    client.force_login(ada)
    for _again in range(2):
        assert client.post(reverse("campaigns:pyramid_segment", args=[after.pk]), chosen).status_code == 302
    segment = Segment.objects.get()
    rebuild_segment(segment_id=segment.pk)
    inside = SegmentMember.objects.filter(segment=segment, is_in=True).values_list("member_id", flat=True)
    assert set(inside) == {members[place].pk for place in expected}


def test_a_way_between_two_pictures_becomes_a_segment(client, ada, pictures):
    before, after, members = pictures
    client.force_login(ada)
    cell = {"before": before.pk, "was": 6, "layer": 1}
    assert client.post(reverse("campaigns:pyramid_segment", args=[after.pk]), cell).status_code == 302
    segment = Segment.objects.get()
    rebuild_segment(segment_id=segment.pk)
    assert list(SegmentMember.objects.filter(segment=segment, is_in=True).values_list("member_id", flat=True)) == [
        members[0].pk
    ]


def test_the_list_behind_a_cell_runs_the_same_queries_for_three_rows_and_thirty(client, store_a, ada):
    def queries() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        Pyramid.objects.all().delete()
        picture = take_pyramid(as_of_on=timezone.localdate())
        url = reverse("campaigns:pyramid_members", args=[picture.pk]) + "?layer=6"
        client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    client.force_login(ada)
    for _ in range(3):
        make_member(store=store_a)
    few = queries()
    for _ in range(27):
        make_member(store=store_a)
    assert queries() == few


def test_asking_for_a_picture_starts_a_job_and_keeps_what_was_typed_when_refused(client, ada, store_a):
    client.force_login(ada)
    url = reverse("campaigns:pyramid_take")
    tomorrow = timezone.localdate() + timedelta(days=1)
    refused = client.post(url, {"as_of_on": tomorrow.isoformat(), "months": 12})
    assert refused.status_code == 422
    assert tomorrow.isoformat() in refused.content.decode()
    assert client.post(url, {"as_of_on": timezone.localdate().isoformat(), "months": 12}).status_code == 302


def test_the_export_holds_every_row(client, ada, pictures):
    _before, after, _members = pictures
    client.force_login(ada)
    answer = client.get(reverse("campaigns:pyramid_members", args=[after.pk]) + "?export=xlsx")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/vnd.openxmlformats")


def test_scores_are_chosen_by_the_store(client, ada):
    client.force_login(ada)
    url = reverse("campaigns:pyramid_scheme")
    wrong = {"mode": "cuts", "recency": "30 20", "frequency": "x", "spend": "1 2 3 4", "transaction_share": "0.7"}
    assert client.post(url, wrong).status_code == 422
    right = {
        "mode": "cuts",
        "recency": "30 60 90 120",
        "frequency": "2 3 4 5",
        "spend": "1 2 3 4",
        "transaction_share": "0.8",
    }
    assert client.post(url, right).status_code == 302


def test_a_manager_may_look_too(client, store_a, pictures):
    before, after, _members = pictures
    client.force_login(make_user("manager", [store_a], username="mia"))
    assert client.get(addresses(before, after)[0]).status_code == 200


@pytest.mark.parametrize("reader", ["marketer", "manager", "ceo"])
def test_the_first_screen_and_the_segments_lead_to_the_pyramid(client, store_a, pictures, reader):
    _before, after, _members = pictures
    client.force_login(make_user(reader, [store_a]))
    latest = reverse("campaigns:pyramid_latest")
    assert latest in client.get(reverse("campaigns:segment_list")).content.decode()
    late = reverse("panel_detail", args=["dashboard.side", "pyramid", 0])
    assert late in client.get(reverse("dashboard")).content.decode()
    page = client.get(late).content.decode()
    assert latest in page
    assert reverse("campaigns:pyramid_members", args=[after.pk]) + "?layer=1" in page


def test_the_first_screen_asks_for_a_picture_where_there_is_none(client, ada):
    client.force_login(ada)
    page = client.get(reverse("panel_detail", args=["dashboard.side", "pyramid", 0])).content.decode()
    assert reverse("campaigns:pyramid_latest") in page
    assert "?layer=1" not in page
