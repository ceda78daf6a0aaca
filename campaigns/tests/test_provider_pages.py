"""Setting up a provider: who may, what is refused, what is written down, and that no page shows a secret."""

import threading

import pytest
from django.db import connection
from django.urls import reverse

from campaigns.models import ProviderProfile, Send
from campaigns.services.callbacks import seal_of
from campaigns.services.provider_profiles import install_providers, provider_for
from campaigns.services.provider_settings import take_by_default
from campaigns.services.sends import hold
from campaigns.tests.send_factories import make_people, open_always
from campaigns.tests.send_factories import make_sending as make
from staff.models import AuditEntry
from staff.tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(db):
    open_always()
    install_providers()
    return make_user("admin", username="root")


@pytest.fixture
def reached(settings):
    settings.ALIYUN_KEY_ID, settings.ALIYUN_KEY_SECRET = "LTAI-test", "never-shown"


def aliyun() -> ProviderProfile:
    return ProviderProfile.objects.get(key="aliyun")


def typed(provider: ProviderProfile, **changes: object) -> dict[str, object]:
    """What the form would post."""
    names = (
        "name", "name_en", "is_active", "price", "rate", "batch", "timeout_seconds", "ask_after_minutes", "max_length",
        "window_from", "window_until", "signature", "opt_out_wording", "needs_template", "allows_variables", "allows_links",
    )  # fmt: skip
    values = {name: getattr(provider, name) for name in names} | {
        "forbidden_words": "\n".join(provider.forbidden_words)
    }
    return {name: value for name, value in (values | changes).items() if value is not False}


def test_only_who_may_sees_and_changes_providers(client, admin, ada, ben, cho):
    edit = reverse("campaigns:provider_edit", args=[aliyun().pk])
    take = reverse("campaigns:provider_take", args=[aliyun().pk])
    for person in (ada, ben, cho):
        client.force_login(person)
        assert client.get(reverse("campaigns:provider_list")).status_code == 403
        assert client.get(edit).status_code == 403
        assert client.post(take).status_code == 403
    client.force_login(admin)
    assert client.get(reverse("campaigns:provider_list")).status_code == 200
    assert client.get(take).status_code == 405
    assert client.get(reverse("campaigns:provider_edit", args=[999_999])).status_code == 404


def test_a_provider_is_set_up_taken_and_used_by_the_next_send(client, admin, reached):
    client.force_login(admin)
    provider = aliyun()
    edit = reverse("campaigns:provider_edit", args=[provider.pk])
    posted = typed(
        provider,
        is_active=True,
        signature="海信广场",
        price="0.0480",
        forbidden_words="积分兑换\n\n 问卷调查 \n积分兑换",
    )
    for _time in range(2):
        assert client.post(edit, posted).status_code == 302
    provider = aliyun()
    assert (provider.is_active, provider.signature, str(provider.price)) == (True, "海信广场", "0.0480")
    assert provider.forbidden_words == ["积分兑换", "问卷调查"]
    entry = AuditEntry.objects.get(action="campaigns.provider_changed")
    assert entry.data["after"]["price"] == "0.0480"
    take = reverse("campaigns:provider_take", args=[provider.pk])
    for _time in range(2):
        assert client.post(take).status_code == 302
    assert AuditEntry.objects.filter(action="campaigns.provider_taken").count() == 1
    assert provider_for("sms").key == "aliyun"


def test_what_cannot_be_reached_cannot_be_put_in_use(client, admin):
    client.force_login(admin)
    provider = aliyun()
    page = client.post(reverse("campaigns:provider_edit", args=[provider.pk]), typed(provider, is_active=True))
    assert page.status_code == 422
    assert "CRM_ALIYUN_KEY_ID" in page.text
    assert not aliyun().is_active
    client.post(reverse("campaigns:provider_take", args=[provider.pk]))
    huawei = ProviderProfile.objects.get(key="huawei")
    ProviderProfile.objects.filter(pk=huawei.pk).update(is_active=True)
    client.post(reverse("campaigns:provider_take", args=[huawei.pk]))
    assert provider_for("sms").key == "file-sms"


def test_the_one_a_channel_takes_cannot_be_put_out_of_use(client, admin):
    client.force_login(admin)
    taken = provider_for("sms")
    page = client.post(reverse("campaigns:provider_edit", args=[taken.pk]), typed(taken, is_active=False))
    assert page.status_code == 422
    assert provider_for("sms") == taken


@pytest.mark.parametrize(
    ("field", "value"),
    [("rate", "0"), ("timeout_seconds", "61"), ("price", "-1"), ("batch", "a"), ("window_from", "25:00"), ("name", "")],
)
def test_what_makes_no_sense_is_refused_at_its_field(client, admin, field, value):
    client.force_login(admin)
    provider = provider_for("sms")
    page = client.post(reverse("campaigns:provider_edit", args=[provider.pk]), typed(provider, **{field: value}))
    assert page.status_code == 422
    assert field in page.context["form"].errors


def test_what_does_not_concern_a_channel_is_not_asked_and_kept(client, admin):
    client.force_login(admin)
    provider = provider_for("email")
    edit = reverse("campaigns:provider_edit", args=[provider.pk])
    assert "opt_out_wording" not in client.get(edit).context["form"].fields
    assert client.post(edit, typed(provider, rate=77)).status_code == 302
    provider.refresh_from_db()
    assert (provider.rate, provider.allows_links) == (77, True)


def test_the_address_for_receipts_is_shown_and_no_secret(client, admin, reached):
    client.force_login(admin)
    page = client.get(reverse("campaigns:provider_edit", args=[aliyun().pk])).text
    assert f"/t/in/aliyun/{seal_of('aliyun')}/" in page
    assert "never-shown" not in page
    assert "never-shown" not in client.get(reverse("campaigns:provider_list")).text
    mail = ProviderProfile.objects.get(key="anymail")
    assert client.get(reverse("campaigns:provider_edit", args=[mail.pk])).text.count("/t/in/anymail/") == 2
    assert "/t/in/" not in client.get(reverse("campaigns:provider_edit", args=[provider_for("post").pk])).text


def test_the_list_takes_the_same_number_of_queries_however_many_there_are(client, admin, django_assert_max_num_queries):
    client.force_login(admin)
    for number in range(20):
        ProviderProfile.objects.create(key=f"p{number}", name=f"P{number}", channel="sms", backend="file")
    with django_assert_max_num_queries(10):
        assert client.get(reverse("campaigns:provider_list")).status_code == 200


def test_what_the_provider_said_stands_on_the_page_of_the_send(client, admin):
    send = make(make_people(1))
    hold(send, Send.Held.PROVIDER, None, said="isv.AMOUNT_NOT_ENOUGH 账户余额不足")
    client.force_login(admin)
    assert "账户余额不足" in client.get(reverse("campaigns:send_detail", args=[send.pk])).text


@pytest.mark.django_db(transaction=True)
def test_two_who_choose_at_once_leave_one_chosen(settings):
    open_always()
    install_providers()
    settings.ALIYUN_KEY_ID = settings.ALIYUN_KEY_SECRET = "x"
    settings.SMPP_HOST = settings.SMPP_USER = settings.SMPP_PASSWORD = "x"
    ProviderProfile.objects.filter(key__in=("aliyun", "smpp")).update(is_active=True)
    start, errors = threading.Barrier(2), []

    def choose(key: str) -> None:
        try:
            start.wait(5)
            take_by_default(provider_id=ProviderProfile.objects.get(key=key).pk, actor=None)
        except Exception as exc:
            errors.append(exc)
        finally:
            connection.close()

    threads = [threading.Thread(target=choose, args=(key,)) for key in ("aliyun", "smpp")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert errors == []
    assert ProviderProfile.objects.filter(channel="sms", is_default=True).count() == 1
