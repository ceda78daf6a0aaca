"""The companies that sell here or would like to."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Party(models.Model):
    """A company from first contact to leaving, in one record: prospect, supplier, leaving, left; or blocked.

    `selling` is the present state of its right to sell, a cache of the latest `Standing` entry.
    """

    class Status(models.TextChoices):
        PROSPECT = "prospect", _("Prospect")
        SUPPLIER = "supplier", _("Supplier")
        LEAVING = "leaving", _("Leaving")
        LEFT = "left", _("Left")
        BLOCKED = "blocked", _("Blocked")

    class Stage(models.TextChoices):
        """How far the talks with a prospect have come."""

        LEAD = "lead", _("New lead")
        CONTACTED = "contacted", _("Contacted")
        VISITED = "visited", _("Visited")
        QUOTED = "quoted", _("Samples and quotation")
        TALKS = "talks", _("Negotiating")
        SIGNING = "signing", _("Contract in preparation")
        GIVEN_UP = "given_up", _("Given up")

    class Kind(models.TextChoices):
        COMPANY = "company", _("Brand company")
        AGENT = "agent", _("Agent")
        SOLE_TRADER = "sole_trader", _("Sole trader")

    class Taxpayer(models.TextChoices):
        GENERAL = "general", _("General taxpayer")
        SMALL = "small", _("Small-scale taxpayer")

    class Source(models.TextChoices):
        APPLIED = "applied", _("Came by themselves")
        SOUGHT = "sought", _("Sought out by us")
        REFERRED = "referred", _("Recommended")
        FAIR = "fair", _("Trade fair")
        HEADQUARTERS = "headquarters", _("Brand headquarters")
        OTHER = "other", _("Other")

    class Selling(models.TextChoices):
        NOT_YET = "not_yet", _("Not yet")
        ALLOWED = "allowed", _("May sell")
        GRACE = "grace", _("May sell, days of grace running")
        OVERRIDE = "override", _("May sell by approval")
        STOPPED = "stopped", _("May not sell")

    code = models.CharField(_("supplier number"), max_length=12, db_collation="C")
    name = models.CharField(_("company name"), max_length=120)
    short_name = models.CharField(_("short name"), max_length=40, blank=True)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    pinyin = models.CharField(max_length=400, blank=True, editable=False, db_collation="C")
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.PROSPECT)
    stage = models.CharField(_("stage"), max_length=10, choices=Stage, default=Stage.LEAD)
    stage_since_on = models.DateField(_("in this stage since"), default=timezone.localdate)
    selling = models.CharField(_("right to sell"), max_length=8, choices=Selling, default=Selling.NOT_YET)
    grace_until_on = models.DateField(_("days of grace end"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True, max_length=2000)
    blocked_reason = models.CharField(_("why blocked"), max_length=200, blank=True)
    status_before_block = models.CharField(max_length=8, choices=Status, blank=True, editable=False)

    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.COMPANY)
    source = models.CharField(_("source"), max_length=12, choices=Source, default=Source.APPLIED)
    brands = models.ManyToManyField("stores.Brand", verbose_name=_("brands"), blank=True, related_name="+")
    brand_note = models.CharField(_("other brands"), max_length=120, blank=True)
    category = models.ForeignKey(
        "stores.Category", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    stores = models.ManyToManyField("stores.Store", verbose_name=_("stores"), blank=True, related_name="+")
    wanted_floor = models.ForeignKey(
        "stores.Floor", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("wanted floor")
    )
    wanted_area_sqm = models.DecimalField(_("wanted area (m²)"), max_digits=8, decimal_places=2, null=True, blank=True)
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("buyer")
    )

    uscc = models.CharField(_("unified social credit code"), max_length=18, blank=True, db_collation="C")
    legal_representative = models.CharField(_("legal representative"), max_length=60, blank=True)
    registered_address = models.CharField(_("registered address"), max_length=200, blank=True)
    founded_on = models.DateField(_("founded on"), null=True, blank=True)
    taxpayer = models.CharField(_("taxpayer"), max_length=8, choices=Taxpayer, default=Taxpayer.GENERAL)
    bank_name = models.CharField(_("bank"), max_length=100, blank=True)
    bank_account = models.CharField(_("bank account"), max_length=34, blank=True, db_collation="C")
    bank_account_name = models.CharField(_("account holder"), max_length=120, blank=True)

    became_supplier_on = models.DateField(_("supplier since"), null=True, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    created_at = models.DateTimeField(_("noted at"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("noted by")
    )

    class Meta:
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="suppliers_party_code_is_unique"),
            models.UniqueConstraint(fields=["uscc"], condition=~Q(uscc=""), name="suppliers_party_uscc_is_unique"),
            models.CheckConstraint(
                condition=Q(status="blocked", status_before_block__gt="", blocked_reason__gt="")
                | (~Q(status="blocked") & Q(status_before_block="", blocked_reason="")),
                name="suppliers_party_block_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["supplier", "leaving"]) | Q(became_supplier_on__isnull=False),
                name="suppliers_party_supplier_has_a_first_day",
            ),
            models.CheckConstraint(
                condition=Q(selling="grace", grace_until_on__isnull=False)
                | (~Q(selling="grace") & Q(grace_until_on__isnull=True)),
                name="suppliers_party_grace_has_an_end",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["left", "blocked"]) | Q(selling__in=["not_yet", "stopped"]),
                name="suppliers_party_gone_does_not_sell",
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True)
                | Q(became_supplier_on__isnull=True)
                | Q(left_on__gte=F("became_supplier_on")),
                name="suppliers_party_leaves_after_it_came",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "stage"], name="suppliers_party_by_status"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The name people use: short where there is one."""
        return self.short_name or self.name

    @property
    def may_sell(self) -> bool:
        """Whether goods may be sold today."""
        return self.selling in (self.Selling.ALLOWED, self.Selling.GRACE, self.Selling.OVERRIDE)
