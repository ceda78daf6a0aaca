from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Member(models.Model):
    """A person or a company enrolled in the store's programme; a merged one stays as a tombstone.

    There may be millions, so each index here has a page that needs it; text is found through
    `MemberSearch`, numbers through `MemberPhone` and `MemberCard`.
    """

    class Kind(models.TextChoices):
        INDIVIDUAL = "individual", _("Individual")
        GROUP = "group", _("Group (company)")

    class Category(models.TextChoices):
        ORDINARY = "ordinary", _("Ordinary member")
        BIG_CUSTOMER = "big_customer", _("Big customer")
        GROUP = "group", _("Group member")

    class Gender(models.TextChoices):
        FEMALE = "female", _("Female")
        MALE = "male", _("Male")
        UNKNOWN = "", _("Not said")

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        FROZEN = "frozen", _("Frozen")
        CLOSED = "closed", _("Closed")

    class Source(models.TextChoices):
        DESK = "desk", _("Member desk")
        TILL = "till", _("Till")
        IMPORT = "import", _("Import")
        WEB = "web", _("Self-service")

    class Calendar(models.TextChoices):
        SOLAR = "solar", _("Solar calendar")
        LUNAR = "lunar", _("Lunar calendar")

    class Language(models.TextChoices):
        CHINESE = "zh-hans", _("Chinese")
        ENGLISH = "en", _("English")

    member_no = models.CharField(_("member number"), max_length=20, db_collation="C")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.INDIVIDUAL)
    category = models.CharField(_("category"), max_length=12, choices=Category, default=Category.ORDINARY)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.ACTIVE)
    name = models.CharField(_("name"), max_length=120, blank=True)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    gender = models.CharField(_("gender"), max_length=8, choices=Gender, default="", blank=True)

    birth_calendar = models.CharField(_("birthday calendar"), max_length=5, choices=Calendar, default=Calendar.SOLAR)
    birth_year = models.PositiveSmallIntegerField(_("year of birth"), null=True, blank=True)
    birth_month = models.PositiveSmallIntegerField(_("month of birth"), null=True, blank=True)
    birth_day = models.PositiveSmallIntegerField(_("day of birth"), null=True, blank=True)
    birth_is_leap = models.BooleanField(_("leap month"), default=False)
    next_birthday_on = models.DateField(_("next birthday"), null=True, blank=True)

    home_store = models.ForeignKey(
        "stores.Store",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("home store"),
    )
    enrolled_on = models.DateField(_("enrolled on"), default=timezone.localdate)
    enrolled_at = models.DateTimeField(_("enrolled at"), default=timezone.now)
    enrolled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("enrolled by"),
    )
    source = models.CharField(_("source"), max_length=8, choices=Source, default=Source.DESK)
    external_source = models.CharField(_("source system"), max_length=40, blank=True)
    external_no = models.CharField(_("number in the source system"), max_length=60, blank=True, db_collation="C")

    language = models.CharField(_("preferred language"), max_length=8, choices=Language, default=Language.CHINESE)
    email = models.EmailField(_("e-mail"), blank=True)
    province = models.CharField(_("province"), max_length=40, blank=True)
    city = models.CharField(_("city"), max_length=40, blank=True)
    district = models.CharField(_("district"), max_length=40, blank=True)
    street = models.CharField(_("street"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=12, blank=True)
    agreed_discount = models.DecimalField(
        _("agreed discount"),
        max_digits=5,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("Share of the price a group member pays: 0.8500 is 8.5 折."),
    )

    # What colleagues learnt, by the keys of `FieldDefinition`.
    custom = models.JSONField(
        _("facts learnt"), default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )

    # The latest marketing answer per channel, cached from the append-only Consent rows.
    allows_sms = models.BooleanField(_("SMS allowed"), default=False)
    allows_email = models.BooleanField(_("e-mail allowed"), default=False)
    allows_phone = models.BooleanField(_("calls allowed"), default=False)
    allows_post = models.BooleanField(_("post allowed"), default=False)
    allows_wechat = models.BooleanField(_("WeChat allowed"), default=False)

    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_from", db_index=False
    )
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    updated_at = models.DateTimeField(_("updated at"), default=timezone.now)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["member_no"], name="members_member_no_is_unique"),
            models.UniqueConstraint(
                fields=["external_source", "external_no"],
                condition=~Q(external_no=""),
                name="members_member_external_no_once",
            ),
            models.CheckConstraint(
                condition=Q(birth_month__isnull=True, birth_day__isnull=True)
                | Q(birth_month__range=(1, 12), birth_day__range=(1, 31)),
                name="members_member_birthday_is_a_day",
            ),
            models.CheckConstraint(
                condition=Q(agreed_discount__isnull=True) | Q(agreed_discount__gt=0, agreed_discount__lte=1),
                name="members_member_discount_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="members_member_not_merged_in_itself",
            ),
        ]
        indexes = [
            models.Index(fields=["-enrolled_on", "-id"], name="members_member_newest_first"),
            models.Index(fields=["home_store", "-enrolled_on", "-id"], name="members_member_newest_of_store"),
            models.Index(
                fields=["next_birthday_on"],
                condition=Q(next_birthday_on__isnull=False),
                name="members_member_birthdays_due",
            ),
            models.Index(
                fields=["category", "-enrolled_on", "-id"],
                condition=~Q(category="ordinary"),
                name="members_member_big_and_groups",
            ),
            models.Index(
                fields=["status", "-enrolled_on", "-id"],
                condition=~Q(status="active"),
                name="members_member_not_active",
            ),
            models.Index(
                fields=["merged_into"],
                condition=Q(merged_into__isnull=False),
                name="members_member_merged_from",
            ),
            # iexact compares upper cases.
            models.Index(Upper("email"), condition=~Q(email=""), name="members_member_by_email"),
            models.Index(
                fields=["external_no"],
                condition=~Q(external_no=""),
                name="members_member_by_external_no",
            ),
            # Counts over everybody who takes part (rules of segments) read this instead of the wide rows.
            models.Index(
                fields=["id"],
                include=["home_store", "gender", "allows_sms", "allows_email", "allows_phone"],
                condition=Q(merged_into__isnull=True, erased_at__isnull=True) & ~Q(status="closed"),
                name="members_member_taking_part",
            ),
            models.Index(
                fields=["id"],
                condition=Q(merged_into__isnull=False) | Q(erased_at__isnull=False) | Q(status="closed"),
                name="members_member_gone",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The name, or for a member who came without one the number they are known by."""
        return self.name or self.name_en or self.external_no or self.member_no

    @property
    def is_group(self) -> bool:
        """Whether this is a company with contacts and authorised buyers."""
        return self.kind == self.Kind.GROUP

    @property
    def is_merged(self) -> bool:
        """Whether this row is a tombstone; its facts live on with the winner."""
        return self.merged_into_id is not None

    @property
    def is_erased(self) -> bool:
        """Whether the person asked to be forgotten: what happened stays, without saying whose it was."""
        return self.erased_at is not None

    @property
    def has_birthday(self) -> bool:
        """Whether month and day of the birthday are known."""
        return bool(self.birth_month and self.birth_day)
