"""One of everything the desk's pages are about, for the tests that open every page."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from callcenter.models import CaseEntry
from callcenter.services.counter import note_wish
from callcenter.services.handovers import write_hand_over
from callcenter.services.knowledge import publish_article, write_article
from callcenter.services.promises import make_promise
from callcenter.services.timeline import append_entry
from callcenter.tests.factories import make_case, make_step, make_visit
from members.models import Member
from staff.models import User
from stores.models import Counter, Store


def desk_objects(person: User, store: Store, counter: Counter, member: Member) -> dict[str, object]:
    """By the beginnings of URL names, the object each page is about."""
    case = make_case(store, person, member=member, counter=counter, owner=person)
    step = make_step(case, person, counter=counter)
    due = timezone.now() + timedelta(days=1)
    article = write_article(title="退换货政策", body="七天内凭小票退换。", actor=person)
    publish_article(article_id=article.pk, actor=person)
    promise = make_promise(case_id=case.pk, what="回电", due_at=due, owner=person, actor=person)
    return {
        "callcenter:counter_": member,
        "callcenter:counter_keep": promise,
        "callcenter:wish_": note_wish(member_id=member.pk, counter=counter, what="驼色大衣", size="M", actor=person),
        "callcenter:case_": case,
        "callcenter:step_": step,
        "callcenter:entry_file": append_entry(case, CaseEntry.Kind.NOTE, actor=person, text="x"),
        "callcenter:promise_": promise,
        "callcenter:visit_": make_visit(store, person),
        "callcenter:visit_register": member,
        "callcenter:article_": article,
        "callcenter:handover_": write_hand_over(
            store=store, shift="day", note="x", cases=[case], promises=[], actor=person
        ),
    }


def desk_address(name: str, objects: dict[str, object]) -> str:
    """The URL of a page that needs more than a number; "" for the others."""
    if name == "callcenter:case_article_use":
        return reverse(name, args=[objects["callcenter:case_"].pk, objects["callcenter:article_"].pk])
    if name.startswith("callcenter:due_"):
        return reverse(name, args=[objects["callcenter:counter_"].pk, "birthday"])
    return ""
