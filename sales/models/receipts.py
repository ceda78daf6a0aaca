from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Receipt(models.Model):
    """One slip of a till or the e-mall: a sale, a return, or the reversal of an import.

    Amounts are signed: a return and a reversal are negative, so every figure is a plain sum.
    """

    class Kind(models.TextChoices):
        SALE = "sale", _("Sale")
        RETURN = "return", _("Return")
        REVERSAL = "reversal", _("Reversal")

    class Channel(models.TextChoices):
        TILL = "till", _("Till")
        EMALL = "emall", _("E-mall")

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(_("source"), max_length=40)
    document = models.CharField(_("receipt number"), max_length=64)
    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="+", verbose_name=_("store"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, default=Channel.TILL)
    till = models.CharField(_("till"), max_length=32, blank=True)
    cashier = models.CharField(_("cashier"), max_length=64, blank=True)
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("posted by"),
    )
    member = models.ForeignKey(
        "members.Member",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("member"),
        db_index=False,
    )
    card_number = models.CharField(_("card"), max_length=32, blank=True)
    sold_at = models.DateTimeField(_("sold at"))
    sold_on = models.DateField(_("sold on"))
    posted_at = models.DateTimeField(_("posted at"))
    line_count = models.PositiveIntegerField(_("lines"))
    discount_amount = models.DecimalField(_("discount"), max_digits=13, decimal_places=2)
    net_amount = models.DecimalField(_("net amount"), max_digits=13, decimal_places=2)
    original = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="returns",
        verbose_name=_("original receipt"),
    )
    exchange_for = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="exchanges",
        verbose_name=_("exchange for return"),
    )
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversal",
        verbose_name=_("reverses"),
    )
    is_reversed = models.BooleanField(_("reversed"), default=False)
    batch = models.ForeignKey(
        "sales.ImportBatch",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="receipts",
        verbose_name=_("import"),
        db_index=False,
    )

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "store", "document"],
                condition=models.Q(is_reversed=False) & ~models.Q(kind="reversal"),
                name="sales_receipt_one_per_document",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="return") | models.Q(net_amount__lte=0),
                name="sales_receipt_returns_are_negative",
            ),
        ]
        indexes = [
            models.Index(
                fields=["member", "sold_on"],
                name="sales_receipt_of_member",
                condition=models.Q(member__isnull=False),
            ),
            models.Index(fields=["store", "sold_on"], name="sales_receipt_of_store_day"),
            models.Index(
                fields=["batch"],
                name="sales_receipt_of_batch",
                condition=models.Q(batch__isnull=False),
            ),
            models.Index(fields=["document"], name="sales_receipt_by_document"),
            models.Index(fields=["sold_on", "id"], name="sales_receipt_in_order_of_days"),
            models.Index(
                fields=["store", "sold_on", "member"],
                name="sales_receipt_members_of_store",
                condition=models.Q(member__isnull=False, kind="sale", is_reversed=False),
            ),
        ]

    def __str__(self) -> str:
        return self.document


class ReceiptLine(models.Model):
    """One line of a receipt. Partitioned by month of sale and referenced by value, never by key.

    ``quantity`` and ``net_amount`` are signed like the receipt's. On a sale ``returned_quantity``
    is what has come back so far; on a return it is what was matched to sales.
    """

    pk = models.CompositePrimaryKey("sold_on", "receipt_id", "line_no")
    sold_on = models.DateField(_("sold on"))
    receipt = models.ForeignKey(Receipt, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    line_no = models.IntegerField(_("line"))
    store = models.ForeignKey("stores.Store", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    counter = models.ForeignKey(
        "stores.Counter",
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    brand = models.ForeignKey(
        "stores.Brand",
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    category = models.ForeignKey(
        "stores.Category",
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    product = models.ForeignKey(
        "stores.Product", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    member = models.ForeignKey(
        "members.Member",
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    is_service = models.BooleanField(_("service line"), default=False)
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3)
    unit_price = models.DecimalField(_("unit price"), max_digits=13, decimal_places=4)
    discount_amount = models.DecimalField(_("discount"), max_digits=13, decimal_places=2)
    net_amount = models.DecimalField(_("net amount"), max_digits=13, decimal_places=2)
    returned_quantity = models.DecimalField(_("returned"), max_digits=12, decimal_places=3, default=0)

    class Meta:
        managed = False
        db_table = "sales_receiptline"
        verbose_name = _("receipt line")
        verbose_name_plural = _("receipt lines")


class Payment(models.Model):
    """How part of a receipt was paid."""

    class Tender(models.TextChoices):
        CASH = "cash", _("Cash")
        CARD = "card", _("Bank card")
        WECHAT = "wechat", _("WeChat Pay")
        ALIPAY = "alipay", _("Alipay")
        POINTS = "points", _("Points")
        COUPON = "coupon", _("Coupon")
        GIFT_CARD = "gift_card", _("Gift card")
        OTHER = "other", _("Other")

    id = models.BigAutoField(primary_key=True)
    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="payments")
    tender = models.CharField(_("tender"), max_length=12, choices=Tender.choices)
    amount = models.DecimalField(_("amount"), max_digits=13, decimal_places=2)
    reference = models.CharField(_("reference"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")


class ReturnMatch(models.Model):
    """Part of a return line that gives back part of one sale line. Append-only."""

    id = models.BigAutoField(primary_key=True)
    return_receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="matches")
    return_line_no = models.IntegerField()
    sale_sold_on = models.DateField()
    sale_receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="matched_by")
    sale_line_no = models.IntegerField()
    quantity = models.DecimalField(max_digits=12, decimal_places=3)

    class Meta:
        verbose_name = _("return match")
        verbose_name_plural = _("return matches")
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gt=0), name="sales_returnmatch_is_positive")]


class UnmatchedReturn(models.Model):
    """A return line, or what is left of one, for which no sale was found. Kept until explained."""

    id = models.BigAutoField(primary_key=True)
    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="unmatched")
    line_no = models.IntegerField(_("line"))
    sold_on = models.DateField(_("returned on"))
    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="+", verbose_name=_("store"))
    member = models.ForeignKey(
        "members.Member",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("member"),
    )
    product = models.ForeignKey("stores.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    quantity = models.DecimalField(_("unmatched quantity"), max_digits=12, decimal_places=3)
    amount = models.DecimalField(_("unmatched amount"), max_digits=13, decimal_places=2)

    class Meta:
        verbose_name = _("unmatched return")
        verbose_name_plural = _("unmatched returns")
        constraints = [
            models.UniqueConstraint(fields=["receipt", "line_no"], name="sales_unmatchedreturn_once_per_line")
        ]
        indexes = [
            models.Index(fields=["store", "sold_on"], name="sales_unmatched_of_store_day"),
        ]
