"""What a person may do, and where."""

from collections.abc import Callable
from functools import wraps

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from kit.errors import NotFound, PermissionRefused
from staff.models import AuditEntry, Job, Notice, Outbox, User
from staff.roles import Role
from stores.models import Counter, Store


def require(user: User, permission: str) -> None:
    """Raise PermissionRefused (a clear 403 page) unless the person holds the permission."""
    if not user.has_perm(permission):
        raise PermissionRefused(_("Your role does not include this. Ask your manager if you need it."))


def needs(*permissions: str) -> Callable:
    """A view's permission, under @login_required: `@needs("members.view_member")` (any of several is enough)."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def inner(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not any(request.user.has_perm(permission) for permission in permissions):
                require(request.user, permissions[0])
            return view(request, *args, **kwargs)

        inner.permissions = permissions
        return inner

    return decorate


def stores_for(user: User) -> QuerySet[Store]:
    """The stores in a person's scope."""
    if user.all_stores or user.role == Role.ADMIN:
        return Store.objects.all()
    return Store.objects.filter(pk__in=user.stores.through.objects.filter(user_id=user.pk).values("store_id"))


# `stores_for` in plain SQL, for statements that ask more at once; not for those who have all stores.
OWN_STORES = "SELECT store_id FROM staff_user_stores WHERE user_id = %(user)s"


def counters_for(user: User) -> QuerySet[Counter]:
    """The counters in a person's scope: an associate's own ones, else all of the person's stores."""
    if user.role == Role.ASSOCIATE:
        return Counter.objects.filter(pk__in=user.counters.through.objects.filter(user_id=user.pk).values("counter_id"))
    if user.all_stores or user.role == Role.ADMIN:
        return Counter.objects.all()
    return Counter.objects.filter(store__in=stores_for(user))


def require_store(user: User, store_id: int) -> None:
    """Raise PermissionRefused unless the store lies in the person's scope."""
    if not stores_for(user).filter(pk=store_id).exists():
        raise PermissionRefused(_("This belongs to a store outside your scope."))


def jobs_for(user: User) -> QuerySet[Job]:
    """The jobs a person may look at: the own ones; with the permission, those of the own stores too."""
    jobs = Job.objects.select_related("created_by", "store")
    if user.has_perm("staff.view_all_jobs"):
        if user.all_stores or user.role == Role.ADMIN:
            return jobs
        return jobs.filter(store__in=stores_for(user)) | jobs.filter(created_by=user)
    return jobs.filter(created_by=user)


def notices_for(user: User) -> QuerySet[Notice]:
    return Notice.objects.filter(user=user)


def job_for(user: User, pk: int) -> Job:
    """One job a person may look at."""
    job = jobs_for(user).filter(pk=pk).first()
    if job is None:
        raise NotFound(_("There is no such job, or it is not yours."))
    return job


def notice_for(user: User, pk: int) -> Notice:
    notice = notices_for(user).filter(pk=pk).first()
    if notice is None:
        raise NotFound(_("There is no such notice."))
    return notice


def audit_for(user: User) -> QuerySet[AuditEntry]:
    """The audit lines of a person's stores; all of them for the office."""
    entries = AuditEntry.objects.select_related("actor", "store")
    if user.all_stores or user.role == Role.ADMIN:
        return entries
    return entries.filter(store__in=stores_for(user))


def outbox_for(user: User) -> QuerySet[Outbox]:
    require(user, "staff.view_outbox")
    return Outbox.objects.all()
