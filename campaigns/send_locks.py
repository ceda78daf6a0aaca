"""How sends are locked: the send, then its provider, then recipients in the order of their members, then the ledger."""

from django.db import connection
from django.utils.translation import gettext as _

from campaigns.models import ProviderProfile, Send
from campaigns.send_exceptions import NoSuchSend


def lock_send(send_id: int) -> Send:
    """Lock a send for a change. NO KEY: its recipients are written meanwhile."""
    found = Send.objects.select_for_update(no_key=True).filter(pk=send_id).first()
    if found is None:
        raise NoSuchSend(_("There is no such send."))
    return found


def lock_provider(provider_id: int) -> ProviderProfile:
    """Lock a provider's token bucket."""
    return ProviderProfile.objects.select_for_update(no_key=True).get(pk=provider_id)


def let_commit_wait() -> None:
    """This transaction may be lost if the database dies within the next moments. Right for a lease (nobody was called) and
    for an answer (the message is then asked about); never for an intent, which has to be there before the call."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")


def insist_on_commit() -> None:
    """This transaction is on disk before anything follows from it, whatever it was allowed before."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO DEFAULT")
