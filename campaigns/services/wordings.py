"""A wording of the library from one form: the template and its words."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import MessageTemplate
from campaigns.send_exceptions import SendRefused
from campaigns.services.contents import make_template, rename_template, write_content
from staff.models import User
from stores.models import Store


@transaction.atomic
def write_wording(
    *,
    name: str,
    channel: str,
    purpose: str,
    store: Store | None,
    in_library: bool,
    words: Mapping[str, str],
    actor: User,
) -> MessageTemplate:
    """Make a wording with its first version. Each call makes another."""
    template = make_template(
        name=name, channel=channel, purpose=purpose, store=store, in_library=in_library, actor=actor
    )
    write_content(template_id=template.pk, actor=actor, **words)
    return template


@transaction.atomic
def rewrite_wording(
    *, template_id: int, name: str, in_library: bool, words: Mapping[str, str], actor: User
) -> MessageTemplate:
    """Change a wording: other words become a further version. One that was put away refuses; the same again changes
    nothing."""
    template = rename_template(template_id=template_id, name=name, in_library=in_library, actor=actor)
    if template.state == MessageTemplate.State.ARCHIVED:
        raise SendRefused(_("This wording was put away. Take it out again first."))
    write_content(template_id=template_id, actor=actor, **words)
    return template
