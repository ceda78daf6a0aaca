"""Changes of standing told as sentences, in the language of the page."""

from django.utils.translation import gettext as _

from suppliers.models import LicenceType, Standing

Reason = Standing.Reason


def standing_words(entry: Standing) -> str:
    """Why a supplier's standing is as it became with this entry."""
    data = entry.data
    missing = ""
    if codes := data.get("missing"):
        types = LicenceType.objects.filter(code__in=codes).order_by("code")
        missing = _(", ").join(one.label for one in types)
    values = {
        "missing": missing,
        "until": data.get("until", ""),
        "reason": data.get("reason", ""),
        "on": data.get("on", ""),
    }
    sentences = {
        Reason.COMPLETE: _("A contract is signed and all mandatory licences are valid."),
        Reason.LICENCE: _("Missing or run out: %(missing)s.") if missing else _("A mandatory licence is missing."),
        Reason.GRACE_OVER: _("The days of grace are over. Missing or run out: %(missing)s.")
        if missing
        else _("The days of grace are over."),
        Reason.CONTRACT: _("No signed contract is in force."),
        Reason.OVERRIDE: _("Leave to sell until %(until)s was approved."),
        Reason.OVERRIDE_OVER: _("The leave to sell is over and the papers are still missing."),
        Reason.BLOCKED: _("Blocked: %(reason)s"),
        Reason.UNBLOCKED: _("The block was lifted: %(reason)s"),
        Reason.LEAVING: _("Leaving, last day %(on)s."),
        Reason.STAYS: _("The leaving was called off: %(reason)s"),
        Reason.LEFT: _("Left on %(on)s."),
    }
    sentence = sentences[Reason(entry.reason)] % values
    if entry.selling == "grace" and values["until"]:
        sentence += " " + _("May sell until %(until)s.") % values
    return sentence
