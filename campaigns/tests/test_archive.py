"""What exactly did she get? The very text, whatever has changed since."""

import random

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import ProviderProfile, Send, SendRecipient, SentValues
from campaigns.providers.protocol import Verdict
from campaigns.services.archive import Kept, forget_values, message_as_sent, pack, unpack
from campaigns.services.contents import write_content
from campaigns.services.pumping import pump
from campaigns.services.rendering import Signed
from campaigns.tests.send_factories import keep_book, make_content, make_people, make_sending, open_always
from members.models import Member
from stores.models import Chain

pytestmark = pytest.mark.django_db
WORDS = "{name|会员}您好，会员号{member_no}，{store|本店}全场八折"
ENGLISH = "Dear {name|member}, 20% off at {store|our store}"


@pytest.fixture
def role():
    return "marketer"


@pytest.fixture
def book(monkeypatch):
    return keep_book(monkeypatch, open_always())


def again(send, pk):
    send = Send.objects.select_related("provider", "content", "content_b").get(pk=send.pk)
    return message_as_sent(send, SendRecipient.objects.get(send_id=send.pk, member_id=pk))


_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
_kept = st.builds(
    Kept, st.integers(1, 2**62), st.integers(1, 2**62), st.booleans(),
    st.fixed_dictionaries({"name": _text, "points": _text}),
)  # fmt: skip


@given(st.lists(_kept, min_size=1, max_size=40), _text, _text)
def test_what_is_packed_comes_out_again(kept, signature, opt_out):
    signed = Signed(signature, opt_out)
    assert unpack(pack(kept, signed)) == (kept, signed)


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_the_very_text_whatever_changed_since(book, store_a, channel):
    body = WORDS + " https://example.org/a {unsubscribe}" if channel == "email" else WORDS
    content = make_content(channel, body, body_en=ENGLISH)
    people = make_people(4, store_a) + make_people(2, store_a, language="en", name="", name_en="Ann")
    if channel == "email":
        ProviderProfile.objects.filter(channel="email").update(window_from="00:00", window_until="00:00", rate=1000)
    second = write_content(template_id=content.template_id, body="第二种 " + body, subject="x", actor=None)
    send = make_sending(people, channel, content=content, content_b=second)
    assert pump(seconds=5) == 6
    Member.objects.filter(pk__in=[one.pk for one in people]).update(
        name="改了名", name_en="Other", home_store=None, language="zh-hans"
    )
    ProviderProfile.objects.update(signature="别的签名", opt_out_wording="回T退订")
    write_content(template_id=content.template_id, body="新的文案", subject="新", actor=None)
    for sent in book.taken:
        kept = again(send, sent.member_id)
        assert (kept.text, kept.subject, kept.html) == (sent.text, sent.subject, sent.html)
        assert kept.to == ""


def test_of_two_attempts_the_one_that_counts(book):
    (member,) = make_people(1, name="甲")
    book.says = lambda _message: Verdict.LATER
    send = make_sending([member], content=make_content(body="{name|会员}您好"))
    pump(seconds=5)
    first = again(send, member.pk)
    assert first is None, "nothing was handed over: it waits again"
    Member.objects.filter(pk=member.pk).update(name="乙")
    SendRecipient.objects.filter(send_id=send.pk).update(not_before=None)
    book.says = lambda _message: Verdict.ACCEPTED
    pump(seconds=5)
    assert again(send, member.pk).text == book.taken[-1].text
    assert "乙您好" in again(send, member.pk).text
    assert SentValues.objects.filter(send=send).count() == 2


def test_erasing_takes_the_values_out_and_leaves_the_others(book):
    goes, stays = make_people(2, name="王芳")
    send = make_sending([goes, stays], content=make_content(body="{name|会员}您好"))
    pump(seconds=5)
    assert forget_values([goes.pk]) == 1
    assert forget_values([goes.pk]) == 0
    assert again(send, goes.pk) is None
    assert "王芳您好" in again(send, stays.pk).text
    assert forget_values([stays.pk]) == 1
    assert not SentValues.objects.exists()


def test_a_few_bytes_a_recipient():
    rng = random.Random(5)
    surnames, given_names = "王李张刘陈杨赵黄周吴", "芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚"
    member = 1_000_000
    kept = []
    for attempt in range(500):
        member += rng.randint(1, 4)
        name = rng.choice(surnames) + rng.choice(given_names) + rng.choice(given_names)
        kept.append(Kept(member, 9_000_000 + attempt, False, {"name": name, "points": f"{rng.randint(0, 90_000):,}"}))
    assert len(pack(kept, Signed("海信广场", "拒收请回复R"))) / len(kept) < 12


def test_the_page_of_a_recipient_shows_it(client, ada, book, store_a, store_b):
    Chain.objects.update_or_create(pk=1, defaults={"shares_member_base": False, "settings": {"quiet_hours": None}})
    Chain.forget()
    mine, other = make_people(1, store_a, name="王芳") + make_people(1, store_b, name="李娜")
    send = make_sending([mine, other], content=make_content(body="{name|会员}您好"), budget=None)
    Send.objects.filter(pk=send.pk).update(made_by=ada)
    pump(seconds=5)
    client.force_login(ada)
    shown = client.get(reverse("campaigns:send_why", args=[send.pk, mine.pk])).content.decode()
    assert "王芳您好" in shown
    hidden = client.get(reverse("campaigns:send_why", args=[send.pk, other.pk])).content.decode()
    assert "李娜" not in hidden


def test_links_of_the_member_alone_are_not_shown(client, ada, book, store_a):
    ProviderProfile.objects.filter(channel="email").update(window_from="00:00", window_until="00:00", rate=1000)
    (member,) = make_people(1, store_a)
    from campaigns.services.provider_profiles import provider_for

    ProviderProfile.objects.filter(pk=provider_for("email").pk).update(
        window_from="00:00", window_until="00:00", rate=1000
    )
    send = make_sending([member], "email", content=make_content("email", "您好 {unsubscribe}"), store=store_a)
    assert pump(seconds=5) == 1
    client.force_login(ada)
    shown = client.get(reverse("campaigns:send_why", args=[send.pk, member.pk])).content.decode()
    assert "/t/u/…" in shown
    assert book.taken[0].unsubscribe_url not in shown
