"""Rates for some goods, tiers, guarantees of single months, promotions."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from suppliers.models.contracts import MONEY, RATE, Contract, ContractVersion
from suppliers.settling import terms


class RateRule(models.Model):
    """Another rate for a category, a brand or a set of goods; the first that fits counts."""

    version = models.ForeignKey(ContractVersion, models.CASCADE, related_name="rates")
    position = models.PositiveSmallIntegerField(_("order"), default=1)
    category = models.ForeignKey(
        "stores.Category", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    brand = models.ForeignKey(
        "stores.Brand", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("brand")
    )
    products = ArrayField(models.BigIntegerField(), default=list, blank=True, verbose_name=_("goods"))
    rate = models.DecimalField(_("rate"), **RATE)
    from_on = models.DateField(_("from"), null=True, blank=True)
    until_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("rate of goods")
        verbose_name_plural = _("rates of goods")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lte=1), name="suppliers_raterule_is_a_share"),
            models.CheckConstraint(
                condition=Q(category__isnull=False) | Q(brand__isnull=False) | ~Q(products=[]),
                name="suppliers_raterule_names_goods",
            ),
        ]


class RateTier(models.Model):
    """From an amount of sales a month on, another rate, and perhaps a fixed amount."""

    version = models.ForeignKey(ContractVersion, models.CASCADE, related_name="tiers", db_index=False)
    lower = models.DecimalField(_("from sales a month"), **MONEY)
    rate = models.DecimalField(_("rate"), **RATE)
    fixed = models.DecimalField(_("fixed amount"), **MONEY, default=0)

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering = ["lower"]
        constraints = [
            models.UniqueConstraint(fields=["version", "lower"], name="suppliers_ratetier_bound_once"),
            models.CheckConstraint(
                condition=Q(rate__gte=0, rate__lte=1, lower__gte=0), name="suppliers_ratetier_is_a_share"
            ),
        ]


class MonthGuarantee(models.Model):
    """The guarantee of one month of the calendar, where it differs from the general one."""

    version = models.ForeignKey(ContractVersion, models.CASCADE, related_name="months", db_index=False)
    month = models.PositiveSmallIntegerField(_("month"))
    guaranteed = models.DecimalField(_("guaranteed"), **MONEY)

    class Meta:
        verbose_name = _("guarantee of a month")
        verbose_name_plural = _("guarantees of months")
        ordering = ["month"]
        constraints = [
            models.UniqueConstraint(fields=["version", "month"], name="suppliers_monthguarantee_once"),
            models.CheckConstraint(
                condition=Q(month__gte=1, month__lte=12, guaranteed__gte=0), name="suppliers_monthguarantee_is_a_month"
            ),
        ]


class PromotionSheet(models.Model):
    """A promotion agreed for some days: goods at a temporary rate. Approved, it is the rate everybody counts by."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Under approval")
        APPROVED = "approved", _("In force")
        DROPPED = "dropped", _("Dropped")

    class Compensation(models.TextChoices):
        NONE = terms.Compensation.NONE.value, _("Nobody owes anything")
        SUPPLIER = terms.Compensation.SUPPLIER.value, _("Commission on the full price; the supplier pays its share")
        STORE = terms.Compensation.STORE.value, _("Commission on the price paid; the store pays its share")

    number = models.CharField(_("number"), max_length=20)
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="promotions", verbose_name=_("contract"))
    name = models.CharField(_("promotion"), max_length=80)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"))
    rate = models.DecimalField(_("promotion rate"), **RATE)
    compensation = models.CharField(
        _("price difference"), max_length=8, choices=Compensation, default=Compensation.NONE
    )
    supplier_share = models.DecimalField(_("share of the supplier"), **RATE, default=0)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    created_at = models.DateTimeField(_("noted at"), default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("promotion sheet")
        verbose_name_plural = _("promotion sheets")
        ordering = ["-from_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="suppliers_promotionsheet_number_is_unique"),
            models.CheckConstraint(
                condition=Q(until_on__gte=F("from_on")), name="suppliers_promotionsheet_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(rate__gte=0, rate__lte=1, supplier_share__gte=0, supplier_share__lte=1),
                name="suppliers_promotionsheet_rates_are_shares",
            ),
        ]
        indexes = [models.Index(fields=["contract", "until_on"], name="suppliers_promotion_by_end")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class PromotionItem(models.Model):
    """Goods of a promotion: a product with its prices, or a whole category. A sheet without items is for all goods."""

    sheet = models.ForeignKey(PromotionSheet, models.CASCADE, related_name="items")
    product = models.ForeignKey(
        "stores.Product", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    category = models.ForeignKey(
        "stores.Category", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    price = models.DecimalField(_("regular price"), **MONEY, null=True, blank=True)
    promotion_price = models.DecimalField(_("promotion price"), **MONEY, null=True, blank=True)

    class Meta:
        verbose_name = _("goods of a promotion")
        verbose_name_plural = _("goods of promotions")
        constraints = [
            models.CheckConstraint(
                condition=Q(product__isnull=False, category__isnull=True)
                | Q(product__isnull=True, category__isnull=False),
                name="suppliers_promotionitem_product_or_category",
            ),
            models.UniqueConstraint(
                fields=["sheet", "product"], condition=Q(product__isnull=False), name="suppliers_promotionitem_once"
            ),
        ]
