"""Who is told what about a request: notices, and for urgent ones a text and an e-mail at once."""

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from staff.models import User
from staff.services.notices import notify
from staff.services.outbox import enqueue
from workflow.models import ApprovalRequest, ApprovalTask, Delegation
from workflow.sources import administrators, supervisors

SALT = "workflow.open"
PURPOSE = "approval"


def link_for(request: ApprovalRequest, user: User) -> str:
    """A signed link that opens the request for this person, after signing in."""
    token = signing.dumps([request.pk, user.pk], salt=SALT)
    return settings.BASE_URL + reverse("workflow:request_open", args=[token])


def request_of_link(token: str, user: User) -> int | None:
    """The request a signed link opens; None for a forged link or another person's."""
    try:
        request_id, user_id = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return request_id if user_id == user.pk else None


def page_of(request: ApprovalRequest) -> str:
    return reverse("workflow:request_detail", args=[request.pk])


def tell_opened(request: ApprovalRequest, tasks: list[ApprovalTask]) -> None:
    """Tell those whose turn it is; when it is urgent, also by text and e-mail at once."""
    people = User.objects.in_bulk({task.assignee_id for task in tasks})
    for task in tasks:
        person = people[task.assignee_id]
        with translation.override(person.language):
            said = (
                _("Urgent: %(title)s waits for your decision.")
                if request.is_urgent
                else _("%(title)s waits for your decision.")
            )
            notify(users=[person], text=said % {"title": request.label}, url=page_of(request))
            if request.is_urgent:
                send_urgent(request, task, person, step="first")


def send_urgent(request: ApprovalRequest, task: ApprovalTask, person: User, *, step: str) -> None:
    """A text and an e-mail with the signed link, once per task and step of the ladder."""
    text = _("Urgent approval %(number)s: %(title)s. %(link)s") % {
        "number": request.number,
        "title": request.label,
        "link": link_for(request, person),
    }
    if person.phone and step == "first":
        enqueue(channel="sms", to=person.phone, body=text, purpose=PURPOSE, dedupe_key=ladder_key(task, "sms"))
    if person.email:
        enqueue(
            channel="email",
            to=person.email,
            subject=_("Urgent approval: %(title)s") % {"title": request.label},
            body=text,
            purpose=PURPOSE,
            dedupe_key=ladder_key(task, "email" if step == "first" else "deputy"),
        )


def ladder_key(task: ApprovalTask, rung: str) -> str:
    """One message per opening of a task and rung of the ladder."""
    return f"approval:{task.pk}:{rung}"


def deputy_of(request: ApprovalRequest, task: ApprovalTask) -> User | None:
    """Who hears of an urgent task that stays unread: the standing deputy, else the supervisor, else an
    administrator; never who asked."""
    today = timezone.localdate()
    standing = Delegation.objects.filter(
        from_user=task.assignee_id, starts_on__lte=today, ends_on__gte=today, ended_at__isnull=True
    )
    candidates = list(standing.values_list("to_user_id", flat=True))
    candidates += supervisors(task.assignee, 1)
    candidates += administrators(request.version.flow, request.initiator_id)
    chosen = [pk for pk in candidates if pk not in (request.initiator_id, task.assignee_id)]
    return User.objects.filter(pk=chosen[0]).first() if chosen else None


def tell_copied(request: ApprovalRequest, users: list[int]) -> None:
    """Tell those who get a copy."""
    for person in User.objects.filter(pk__in=users):
        with translation.override(person.language):
            notify(users=[person], text=_("Copy for you: %(title)s.") % {"title": request.label}, url=page_of(request))


def tell_ended(request: ApprovalRequest, status: str, actor: User | None) -> None:
    """Tell who asked how it ended, unless it was their own doing."""
    person = request.initiator
    if actor is not None and actor.pk == person.pk:
        return
    with translation.override(person.language):
        words = dict(ApprovalRequest.Status.choices)[status]
        notify(users=[person], text=f"{request.label}: {words}", url=page_of(request))
