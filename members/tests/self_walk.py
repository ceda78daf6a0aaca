"""Steps of a member on the own pages, for tests of every app."""

import re

from django.test import Client

from members.models import Member, MemberPhone
from members.services.proofs import PURPOSE
from staff.models import Outbox


def last_code(number: str) -> str:
    """The code in the last text to a number."""
    body = Outbox.objects.filter(to=number, purpose=PURPOSE).order_by("-pk").first().body
    return re.search(r"\d{6}", body).group(0)


def prove(client: Client, number: str) -> object:
    """Ask for a code and type it in; returns the answer to the code."""
    client.post("/me/enter/", {"phone": number})
    return client.post("/me/code/", {"code": last_code(number)})


def verified(member: Member) -> str:
    """Let a member's number count as proved; returns it."""
    phone = member.phones.get()
    MemberPhone.objects.filter(pk=phone.pk).update(verified_at="2026-01-01T00:00:00Z")
    return phone.e164


def signed_in(member: Member) -> Client:
    """A phone of its own on which the member is signed in."""
    client = Client()
    prove(client, verified(member))
    return client
