"""The ground every other app stands on: the chain, its places and what they sell."""

import time
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Named(models.Model):
    """Something with a Chinese name and, where one is used, an English one."""

    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The name in the language of the page; Chinese where no English name was given."""
        if (get_language() or "zh").startswith("zh"):
            return self.name
        return self.name_en or self.name


class Chain(Named):
    """The one chain this installation serves, with its settings: always the row with id 1."""

    CACHE_SECONDS: ClassVar[float] = 5.0
    _cached: ClassVar[tuple[float, "Chain"] | None] = None

    shares_member_base = models.BooleanField(
        _("stores share the member base"),
        default=True,
        help_text=_("When off, a clerk sees members of other stores only masked."),
    )
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    settings = models.JSONField(_("settings"), default=dict, blank=True)

    class Meta:
        verbose_name = _("chain")
        verbose_name_plural = _("chain")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="stores_chain_is_one_row"),
        ]

    @classmethod
    def get(cls) -> "Chain":
        """The chain, remembered for a few seconds per process; the defaults before it is set up."""
        now = time.monotonic()
        if cls._cached and now - cls._cached[0] < cls.CACHE_SECONDS:
            return cls._cached[1]
        chain = cls.objects.filter(pk=1).first() or cls(pk=1, name="中庭百货", name_en="Atrium")
        cls._cached = (now, chain)
        return chain

    @classmethod
    def forget(cls) -> None:
        """Read the row again at the next `get()`; other processes follow within seconds."""
        cls._cached = None

    def setting(self, key: str, default: Any = None) -> Any:
        """One of the chain's other settings; settings nobody has chosen keep their default."""
        return self.settings.get(key, default)


class Store(Named):
    """A department store of the chain, or its e-mall."""

    class Kind(models.TextChoices):
        STORE = "store", _("Store")
        EMALL = "emall", _("E-mall")

    code = models.CharField(_("code"), max_length=20)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.STORE)
    city = models.CharField(_("city"), max_length=60, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    area_sqm = models.DecimalField(_("area (m²)"), max_digits=10, decimal_places=2, null=True, blank=True)
    is_active = models.BooleanField(_("open for business"), default=True)
    settings = models.JSONField(
        _("settings"), default=dict, blank=True,
        help_text=_("Where this store differs from the chain, e.g. {\"sms_price\": \"0.06\"}."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="stores_store_code_is_unique"),
        ]

    def setting(self, key: str, default: Any = None) -> Any:
        """One of the store's own settings, else the chain's."""
        return self.settings.get(key, Chain.get().setting(key, default))


class Floor(Named):
    """A floor of a store; basements have negative numbers."""

    store = models.ForeignKey(Store, models.PROTECT, related_name="floors", db_index=False)
    number = models.SmallIntegerField(_("number"))

    class Meta:
        verbose_name = _("floor")
        verbose_name_plural = _("floors")
        ordering = ["store", "number"]
        constraints = [
            models.UniqueConstraint(fields=["store", "number"], name="stores_floor_number_once_per_store"),
        ]


class Department(Named):
    """A department of a store (cosmetics, ladies' wear …) that counters belong to."""

    store = models.ForeignKey(Store, models.PROTECT, related_name="departments", db_index=False)
    code = models.CharField(_("code"), max_length=20)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("belongs to")
    )

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["store", "code"]
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="stores_department_code_once_per_store"),
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")), name="stores_department_is_not_its_own_parent"
            ),
        ]


class Category(Named):
    """A kind of goods; categories form a tree."""

    code = models.CharField(_("code"), max_length=30)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    is_outgrown = models.BooleanField(
        _("outgrown each year"),
        default=False,
        help_text=_("Children's wear: a year later the next size up is proposed."),
    )

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="stores_category_code_is_unique"),
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")), name="stores_category_is_not_its_own_parent"
            ),
        ]


class Brand(Named):
    """A brand sold at counters of the chain."""

    code = models.CharField(_("code"), max_length=30)

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="stores_brand_code_is_unique"),
        ]


class Counter(Named):
    """A counter on a floor: where a brand sells and an associate serves the own customers."""

    store = models.ForeignKey(Store, models.PROTECT, related_name="counters", db_index=False)
    floor = models.ForeignKey(Floor, models.PROTECT, null=True, blank=True, related_name="counters")
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="counters")
    code = models.CharField(_("code"), max_length=30)
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="counters")
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, related_name="counters")
    area_sqm = models.DecimalField(_("area (m²)"), max_digits=8, decimal_places=2, null=True, blank=True)
    is_active = models.BooleanField(_("open for business"), default=True)

    class Meta:
        verbose_name = _("counter")
        verbose_name_plural = _("counters")
        ordering = ["store", "code"]
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="stores_counter_code_once_per_store"),
        ]


class Product(models.Model):
    """An article as tills know it. Codes are taken as written: upper and lower case differ.

    There may be millions, so only the code, the barcode and the dictionaries are indexed.
    """

    code = models.CharField(_("code"), max_length=60)
    name = models.CharField(_("name"), max_length=200)
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="+")
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, related_name="+")
    counter = models.ForeignKey(Counter, models.PROTECT, null=True, blank=True, related_name="+")
    size = models.CharField(_("size"), max_length=40, blank=True)
    colour = models.CharField(_("colour"), max_length=40, blank=True)
    season = models.CharField(_("season"), max_length=40, blank=True)
    return_days = models.PositiveSmallIntegerField(_("days to return"), null=True, blank=True)
    list_price = models.DecimalField(_("list price"), max_digits=13, decimal_places=4, null=True, blank=True)
    is_service = models.BooleanField(
        _("service line"), default=False, help_text=_("Postage, fees and the like: earns no points.")
    )
    barcode = models.CharField(_("barcode"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="stores_product_code_is_unique"),
        ]
        indexes = [
            models.Index(
                fields=["barcode"],
                condition=~models.Q(barcode=""),
                name="stores_product_found_by_bar",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def label(self) -> str:
        """Products have one name, as their supplier wrote it."""
        return self.name
