"""A send, a journey and a picture of the pyramid for the walk over every page."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from campaigns.models import Suppression
from campaigns.services.journey_starters import make_starter
from campaigns.services.pyramids import take_pyramid
from campaigns.services.sends import make_send
from campaigns.tests.send_factories import make_audience, make_content, open_always
from members.models import Member
from staff.models import User
from stores.models import Store


def send_objects(person: User, store: Store, member: Member) -> dict[str, object]:
    """One of each that pages of sends, results, journeys and the pyramid are about."""
    open_always()
    send = make_send(
        name="周末邀请",
        channel="sms",
        content=make_content(),
        segment=make_audience([member]),
        store=store,
        actor=person,
    )
    today = timezone.localdate()
    return {
        "campaigns:send_": send,
        "campaigns:result_": send,
        "campaigns:wording_": send.content.template,
        "campaigns:provider_": send.provider,
        "campaigns:suppression_": Suppression.objects.create(channel="sms", address_hash=5, reason="hand"),
        "campaigns:pyramid_moves": take_pyramid(as_of_on=today - timedelta(days=30)),
        "campaigns:pyramid_": take_pyramid(as_of_on=today),
        "campaigns:journey_": make_starter(trigger="birthday", name="生日关怀", actor=person, store=store),
    }


def send_address(name: str, objects: dict[str, object]) -> str | None:
    """Addresses with more than one number, and the doors that a token opens."""
    if name in ("campaigns:send_why", "campaigns:send_resolve", "campaigns:member_message"):
        return reverse(name, args=[objects["campaigns:send_"].pk, objects["members:"].pk])
    if name == "campaigns:journey_step_new":
        return reverse(name, args=[objects["campaigns:journey_"].pk, "wait"])
    if name.startswith("campaigns:journey_step_"):
        return reverse(name, args=[objects["campaigns:journey_"].pk, "s1"])
    if name == "campaigns:pyramid_moves":
        return reverse(name, args=[objects["campaigns:pyramid_"].pk, objects[name].pk])
    if name.startswith("track:callback"):
        return reverse(name, args=["none-such", "no-such-seal"])
    return reverse(name, args=["no-such-token"]) if name.startswith("track:") else None
