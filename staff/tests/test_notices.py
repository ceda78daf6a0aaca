"""Notices: shown to their person, read by opening, never read by others."""

import pytest
from django.test import Client

from kit.testing import assert_same_queries
from staff.models import Notice
from staff.services.notices import notify


def test_opening_a_notice_reads_it_and_goes_where_it_points(client: Client, ada):
    (notice,) = notify(users=[ada], text="导入完成", url="/jobs/")
    client.force_login(ada)
    assert "导入完成" in client.get("/notices/").content.decode()
    response = client.post(f"/notices/{notice.pk}/open/")
    assert response.url == "/jobs/"
    notice.refresh_from_db()
    assert notice.read_at is not None


def test_a_notice_never_leads_off_the_site(client: Client, ada):
    (notice,) = notify(users=[ada], text="x", url="https://example.com/")
    client.force_login(ada)
    assert client.post(f"/notices/{notice.pk}/open/").url == "/notices/"


def test_all_are_read_at_once(client: Client, ada, ben):
    notify(users=[ada, ben], text="x")
    client.force_login(ada)
    client.post("/notices/read/")
    assert list(Notice.objects.filter(read_at=None).values_list("user__username", flat=True)) == ["ben"]


@pytest.mark.parametrize("who", ["ben", "cho"])
def test_notices_of_others_are_not_there(client: Client, ada, request, who):
    (notice,) = notify(users=[ada], text="x")
    client.force_login(request.getfixturevalue(who))
    assert client.post(f"/notices/{notice.pk}/open/").status_code == 404


def test_three_rows_cost_as_many_queries_as_thirty(client: Client, ada):
    client.force_login(ada)
    notify(users=[ada] * 3, text="x")
    assert_same_queries(lambda: client.get("/notices/"), lambda: notify(users=[ada] * 27, text="x"))
