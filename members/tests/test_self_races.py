"""Two at once at the member's door; each with the control that shows what the lock is for."""

from collections.abc import Callable
from contextlib import nullcontext
from threading import Barrier, Thread

import pytest
from django.db import connection

from kit.errors import DomainError
from members.models import Member, ProofCode
from members.services import enrolment, proofs, self_entry
from members.services.proofs import ask_for_code, prove_number
from members.services.self_entry import apply_for_card
from members.tests.self_walk import last_code
from staff.models import Outbox
from stores.tests.factories import make_store

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "+8613812344821"


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Run the deeds in threads of their own that begin together; what each returned, or the refusal."""
    barrier, results = Barrier(len(deeds)), []

    def run(deed: Callable[[], object]) -> None:
        try:
            barrier.wait()
            results.append(deed())
        except DomainError as error:
            results.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def unlocked(monkeypatch):
    """The lock of numbers off; both are held until each has looked."""

    def switch_off(look: object, name: str) -> None:
        for module in (enrolment, proofs, self_entry):
            monkeypatch.setattr(module, "lock_phone", lambda e164: nullcontext())
        barrier, asked = Barrier(2, timeout=5), getattr(look, name)

        def looks(*args: object, **kwargs: object) -> object:
            found = asked(*args, **kwargs)
            barrier.wait()
            return found

        monkeypatch.setattr(look, name, looks)

    return switch_off


def ask():
    return ask_for_code(phone=NUMBER, address="10.0.0.1")


def proof_of_number() -> ProofCode:
    ask()
    return prove_number(e164=NUMBER, code=last_code(NUMBER))


def application(proof, store):
    return lambda: apply_for_card(
        proof_id=proof.pk, name="张晓敏", gender="", birthday=None, store=store, language="zh-hans", consents=["sms"]
    )


def test_two_wishes_at_once_send_one_code():
    at_once(ask, ask)
    assert Outbox.objects.count() == 1


def test_control_without_the_lock_two_codes_go_out(unlocked):
    unlocked(proofs, "_keep_within_limits")
    at_once(ask, ask)
    assert Outbox.objects.count() == 2


def test_one_code_typed_in_twice_at_once_counts_once():
    ask()
    code = last_code(NUMBER)
    found = at_once(*[lambda: prove_number(e164=NUMBER, code=code)] * 2)
    assert sorted(one is None for one in found) == [False, True]


def test_guesses_at_once_are_all_counted():
    ask()
    wrong = f"{(int(last_code(NUMBER)) + 1) % 10**6:06}"
    at_once(*[lambda: prove_number(e164=NUMBER, code=wrong)] * 4)
    assert ProofCode.objects.get().tries == 4


def test_applying_twice_at_once_makes_one_member():
    store, proof = make_store(), proof_of_number()
    found = at_once(*[application(proof, store)] * 2)
    assert {member.pk for member, _key in found} == {Member.objects.get().pk}
    assert len({key for _member, key in found}) == 2


def test_control_without_the_lock_two_members_are_made(unlocked):
    store, proof = make_store(), proof_of_number()
    unlocked(enrolment, "_existing_member")
    at_once(*[application(proof, store)] * 2)
    assert Member.objects.count() == 2
