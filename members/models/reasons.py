from django.db import models
from django.utils.translation import gettext_lazy as _


class ReasonRule(models.Model):
    """How one kind of reason takes part in "why are they here?": its place in the order, and how near a fact must be.

    What a kind looks for is code of the floor that knows the fact (`members.selectors.reasons`); a kind without a
    row takes part with its own defaults.
    """

    key = models.CharField(_("reason"), max_length=60)
    position = models.PositiveSmallIntegerField(_("place in the order"), default=100)
    days = models.PositiveSmallIntegerField(
        _("days"),
        default=7,
        help_text=_("How many days ahead (deadlines) or back (what happened) still count."),
    )
    is_active = models.BooleanField(_("takes part"), default=True)

    class Meta:
        verbose_name = _("reason to come or call")
        verbose_name_plural = _("reasons to come or call")
        ordering = ["position", "key"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="members_reasonrule_key_is_unique"),
        ]

    def __str__(self) -> str:
        return self.key
