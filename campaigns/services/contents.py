"""Templates and their wordings."""

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from campaigns.models import ContentVersion, MessageTemplate
from campaigns.send_exceptions import SendRefused
from campaigns.services.variables import allowed_in, names_in
from kit.errors import NotFound
from staff.audit import record
from staff.models import User
from stores.models import Store


@transaction.atomic
def make_template(
    *,
    name: str,
    channel: str,
    actor: User | None,
    purpose: str = "marketing",
    store: Store | None = None,
    in_library: bool = False,
) -> MessageTemplate:
    """Make a template without any wording; in the library it is offered again. Each call makes another."""
    made = MessageTemplate.objects.create(
        name=name, channel=channel, purpose=purpose, store=store, made_by=actor, in_library=in_library
    )
    record(actor, "campaigns.template_made", made, store=made.store_id)
    return made


@transaction.atomic
def write_content(
    *, template_id: int, body: str, actor: User | None, subject: str = "", body_en: str = "", subject_en: str = "",
    provider_template: str = "",
) -> ContentVersion:  # fmt: skip
    """Write a wording. The same words as the newest ones return that; others make a new version."""
    template = _locked(template_id)
    words = {
        "subject": subject.strip(), "body": body.strip(), "subject_en": subject_en.strip(), "body_en": body_en.strip(),
        "provider_template": provider_template.strip(),
    }  # fmt: skip
    newest = template.versions.order_by("-number").first()
    if newest is not None and all(getattr(newest, name) == value for name, value in words.items()):
        return newest
    number = (template.versions.aggregate(n=Max("number"))["n"] or 0) + 1
    content = ContentVersion(template=template, number=number, made_by=actor, **words)
    _check(content, template.channel)
    content.save()
    record(actor, "campaigns.content_written", template, store=template.store_id, number=number)
    return content


@transaction.atomic
def rename_template(*, template_id: int, name: str, in_library: bool, actor: User) -> MessageTemplate:
    """Change how a template is called and whether the library offers it. The same again changes nothing."""
    template = _locked(template_id)
    if not name.strip():
        raise SendRefused(_("Please give it a name."), fields={"name": True})
    if (template.name, template.in_library) != (name.strip(), in_library):
        template.name, template.in_library = name.strip()[:120], in_library
        template.save(update_fields=["name", "in_library"])
        record(actor, "campaigns.template_changed", template, store=template.store_id, name=template.name)
    return template


@transaction.atomic
def move_template(*, template_id: int, state: str, actor: User) -> MessageTemplate:
    """Put a template away, or take it out again. Sends made with it keep their words. A second call changes nothing."""
    template = _locked(template_id)
    if template.state != state:
        template.state = MessageTemplate.State(state)
        template.save(update_fields=["state"])
        record(actor, f"campaigns.template_{state}", template, store=template.store_id)
    return template


def _locked(template_id: int) -> MessageTemplate:
    template = MessageTemplate.objects.select_for_update(no_key=True).filter(pk=template_id).first()
    if template is None:
        raise NotFound(_("There is no such template."))
    return template


def _check(content: ContentVersion, channel: str) -> None:
    if not content.body:
        raise SendRefused(_("Please write the text."), fields={"body": True})
    known = allowed_in(channel)
    if strange := [name for name in names_in(content) if name not in known]:
        raise SendRefused(
            _("There is no variable {%(name)s} here. These can be used: %(known)s")
            % {"name": strange[0], "known": " ".join(f"{{{one}}}" for one in known)},
            fields={"body": True},
        )
    if channel == "email" and not content.subject:
        raise SendRefused(_("An e-mail needs a subject."), fields={"subject": True})
