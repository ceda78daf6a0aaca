"""The till in the browser, from an empty basket to a return, through plain forms as a person without JavaScript would."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from loyalty.models import Coupon, CouponKind, Tier
from loyalty.services.coupons import issue_coupon
from loyalty.tests.factories import account_of, sell
from members.tests.factories import make_member
from sales.models import Receipt
from sales.tests.factories import line_draft
from staff.models import AuditEntry
from stores.tests.factories import make_counter, make_product


@pytest.fixture(autouse=True)
def english(client, settings):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"


@pytest.fixture
def coat(store_a):
    return make_product(
        code="COAT", name="Wool coat", list_price=Decimal(1200), counter=make_counter(store_a, code="0312")
    )


def basket(store, *lines, key="k" * 32, **more):
    data = {"key": key, "store": store.pk, "tender": "wechat", "gives_discount": "on", **more}
    data |= {"lines-TOTAL_FORMS": len(lines) or 1, "lines-INITIAL_FORMS": len(lines) or 1}
    for index, line in enumerate(lines):
        data |= {f"lines-{index}-{name}": value for name, value in line.items()}
    return data


def quote(client, data):
    response = client.post(reverse("loyalty:till_quote"), data)
    assert response.status_code == 200
    return response


def test_a_sale_is_rung_up_from_member_to_slip(client, ada, store_a, member, coat):
    client.force_login(ada)
    page = client.get(reverse("loyalty:till"))
    assert page.status_code == 200
    key = page.context["form"]["key"].value()
    card = member.cards.get().number
    asked = quote(client, basket(store_a, {"product": "COAT"}, key=key, who=card))
    assert asked.context["rung"].basket.quote.points == 1200
    text = asked.content.decode()
    assert "Wool coat" in text
    assert "¥1,200.00" in text
    assert member.display_name in text
    assert Receipt.objects.count() == 0
    sent = basket(store_a, {"product": "COAT", "counter": "0312"}, key=key, member=member.pk)
    posted = client.post(reverse("loyalty:till_post"), sent)
    receipt = Receipt.objects.get()
    assert posted.url == reverse("loyalty:till_done", args=[receipt.pk])
    assert receipt.member == member
    assert receipt.net_amount == 1200
    assert account_of(member).available == 1200
    slip = client.get(posted.url).content.decode()
    assert "+1,200" in slip
    assert "¥1,200.00 × 1 = 1,200" in slip
    assert AuditEntry.objects.filter(action="loyalty.desk_sale_posted", actor=ada).count() == 1


def test_sending_the_form_twice_posts_once(client, ada, store_a, member, coat):
    client.force_login(ada)
    data = basket(store_a, {"product": "COAT"}, member=member.pk)
    first, second = (client.post(reverse("loyalty:till_post"), data) for _n in range(2))
    assert first.url == second.url
    assert Receipt.objects.count() == 1
    assert account_of(member).available == 1200


def test_discount_points_and_coupon_pay_for_a_sale(client, ada, store_a, member, coat):
    sell(store_a, member, line_draft(net="3000.00"))
    Tier.objects.filter(rank=1).update(discount=Decimal("0.05"))
    kind = CouponKind.objects.create(code="C", name="减一百", name_en="100 off", amount=100)
    coupon = issue_coupon(kind_id=kind.pk, member_id=member.pk, source="t", source_key="t", actor=None)
    client.force_login(ada)
    data = basket(store_a, {"product": "COAT"}, member=member.pk, coupons=coupon.number, points=1000)
    page = quote(client, data)
    priced = page.context["rung"].basket
    assert (priced.gross, priced.discount, priced.coupon_amount) == (Decimal(1200), Decimal(60), Decimal(100))
    assert priced.points_amount == 10
    assert priced.rest == 1030
    response = client.post(reverse("loyalty:till_post"), data)
    assert response.status_code == 302
    receipt = Receipt.objects.latest("pk")
    assert dict(receipt.payments.values_list("tender", "amount")) == {
        "coupon": Decimal(100),
        "points": Decimal(10),
        "wechat": Decimal(1030),
    }
    assert Coupon.objects.get().state == Coupon.State.REDEEMED
    assert account_of(member).available == 3000 - 1000 + priced.quote.points


def test_too_many_points_are_refused_beside_the_form(client, ada, store_a, member, coat):
    client.force_login(ada)
    data = basket(store_a, {"product": "COAT"}, member=member.pk, points=500)
    response = client.post(reverse("loyalty:till_post"), data)
    assert response.status_code == 422
    assert "Only 0 points are available." in response.content.decode()
    assert Receipt.objects.count() == 0


def test_goods_are_found_by_name_and_what_is_unknown_is_said_at_its_line(client, ada, store_a, coat):
    client.force_login(ada)
    assert quote(client, basket(store_a, {"product": "wool"})).context["rung"].basket.gross == 1200
    page = quote(client, basket(store_a, {"product": "COAT"}, {"product": "nothing like it"}))
    assert "No product with this code or name." in page.content.decode()
    assert page.context["rung"].basket is None
    response = client.post(reverse("loyalty:till_post"), basket(store_a))
    assert response.status_code == 422
    assert "The basket is empty." in response.content.decode()


def test_several_members_are_offered_to_choose_from(client, ada, store_a, coat, member):
    one, two = (make_member(name=f"欧阳{last}", store=store_a) for last in "芳敏")
    client.force_login(ada)
    page = quote(client, basket(store_a, {"product": "COAT"}, who="欧阳"))
    assert {choice.pk for choice in page.context["rung"].stand.choices} == {one.pk, two.pk}
    chosen = quote(client, basket(store_a, {"product": "COAT"}, who="欧阳", pick=two.pk))
    assert chosen.context["rung"].stand.who.member == two
    nobody = quote(client, basket(store_a, {"product": "COAT"}, who="13900000000"))
    assert "No member with this card, phone or number." in nobody.content.decode()


def test_lines_are_added_and_removed(client, ada, store_a, coat):
    client.force_login(ada)
    more = quote(client, basket(store_a, {"product": "COAT"}, add=1))
    assert len(more.context["lines"].forms) == 2
    fewer = quote(client, basket(store_a, {"product": "COAT"}, {"product": "X"}, drop_line=1))
    assert len(fewer.context["lines"].forms) == 1
    assert fewer.context["rung"].basket.gross == 1200


def test_htmx_gets_the_side_alone(client, ada, store_a, coat):
    client.force_login(ada)
    response = client.post(
        reverse("loyalty:till_quote"),
        basket(store_a, {"product": "COAT"}),
        headers={"HX-Request": "true", "HX-Target": "till-side"},
    )
    text = response.content.decode()
    assert text.lstrip().startswith('<div id="till-side">')
    assert "¥1,200.00" in text


def test_a_return_is_previewed_then_posted_once(client, ada, store_a, member):
    sale = sell(store_a, member, line_draft(net="300.00", quantity="3"), line_draft(net="50.00"))
    client.force_login(ada)
    found = client.get(reverse("loyalty:till_return"), {"q": sale.receipt.document})
    assert found.url == reverse("loyalty:return_choose", args=[sale.receipt.id])
    assert client.get(found.url).status_code == 200
    data = basket(store_a, back1="2", back2="")
    shown = client.post(reverse("loyalty:return_preview", args=[sale.receipt.id]), data)
    effect = shown.context["effect"]
    assert (effect.refund, effect.taken_back, effect.owed, effect.available) == (Decimal(200), 200, 0, 150)
    assert Receipt.objects.count() == 1
    unseen = client.post(reverse("loyalty:return_post", args=[sale.receipt.id]), data | {"seal": "other"})
    assert unseen.status_code == 422
    assert Receipt.objects.count() == 1
    confirmed = data | {"seal": effect.seal}
    first, second = (client.post(reverse("loyalty:return_post", args=[sale.receipt.id]), confirmed) for _n in range(2))
    assert first.url == second.url
    assert Receipt.objects.count() == 2
    assert account_of(member).available == 150
    assert "-200" in client.get(first.url).content.decode()


def test_more_than_was_bought_does_not_come_back(client, ada, store_a, member):
    sale = sell(store_a, member)
    client.force_login(ada)
    for quantity, words in (("2", "only 1 left to return"), ("x", "not a number"), ("", "Choose at least one line")):
        response = client.post(
            reverse("loyalty:return_preview", args=[sale.receipt.id]), basket(store_a, back1=quantity)
        )
        assert response.status_code == 422
        assert words in response.content.decode()


def test_an_exchange_is_one_posting_with_the_difference_paid(client, ada, store_a, member, coat):
    sale = sell(store_a, member, line_draft(net="300.00"))
    client.force_login(ada)
    data = basket(store_a, {"product": "COAT"}, back1="1")
    shown = client.post(reverse("loyalty:return_preview", args=[sale.receipt.id]), data)
    effect = shown.context["effect"]
    assert (effect.to_pay, effect.points_earned, effect.taken_back) == (Decimal(900), 1200, 300)
    data["seal"] = effect.seal
    posted = client.post(reverse("loyalty:return_post", args=[sale.receipt.id]), data)
    again = client.post(reverse("loyalty:return_post", args=[sale.receipt.id]), data)
    assert posted.url == again.url
    new = Receipt.objects.latest("pk")
    assert new.exchange_for is not None
    assert Receipt.objects.count() == 3
    assert dict(new.payments.values_list("tender", "amount")) == {"other": Decimal(300), "wechat": Decimal(900)}
    assert account_of(member).available == 1200


def test_the_till_is_the_desks(client, cho, store_a, member):
    sale = sell(store_a, member)
    client.force_login(cho)
    for name, args in (("till", []), ("till_return", []), ("return_choose", [sale.receipt.id])):
        assert client.get(reverse(f"loyalty:{name}", args=args)).status_code == 403


def test_nobody_rings_up_in_another_store(client, ben, store_a, store_b, coat):
    client.force_login(ben)
    response = client.post(reverse("loyalty:till_post"), basket(store_a, {"product": "COAT"}))
    assert response.status_code == 422
    assert Receipt.objects.count() == 0


def test_the_return_desk_lists_the_members_last_purchases(client, ada, store_a, member):
    sale = sell(store_a, member)
    client.force_login(ada)
    page = client.get(reverse("loyalty:till_return"), {"member": member.pk}).content.decode()
    assert sale.receipt.document in page
    assert f"{timezone.localdate():%Y-%m-%d}" in page
