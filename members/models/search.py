from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Substr

from .people import Member


class MemberSearch(models.Model):
    """What the search box looks at: one narrow row per living member, written with the member.

    A table of its own, so that changes of points or visits never touch its indexes. Collation C
    lets one B-tree serve equality and prefixes.
    """

    member = models.OneToOneField(Member, models.CASCADE, primary_key=True, related_name="search_row")
    name = models.CharField(max_length=120, db_collation="C")
    py = models.CharField(max_length=200, db_collation="C")
    ini = models.CharField(max_length=40, db_collation="C")
    # Characters, bigrams, given names, and pinyin and initials in the readings the columns do not hold.
    toks = ArrayField(models.TextField(db_collation="C"))

    class Meta:
        indexes = [
            models.Index(fields=["name"], name="members_search_by_name"),
            # What follows the first character: mostly the given name.
            models.Index(Substr("name", 2), name="members_search_by_rest"),
            models.Index(fields=["py"], name="members_search_by_pinyin"),
            models.Index(fields=["ini"], name="members_search_by_initials"),
            # fastupdate off: with the pending list on, searches during an import took 225 ms.
            GinIndex(fields=["toks"], fastupdate=False, name="members_search_by_tokens"),
        ]

    def __str__(self) -> str:
        return self.name
