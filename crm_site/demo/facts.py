"""What the demo store keeps about its members beyond name and number, and what colleagues have learnt so far."""

import random

from members.models import FieldDefinition, Member
from members.services.facts import learn_facts
from staff.models import User

Kind, Group = FieldDefinition.Kind, FieldDefinition.Group
FIELDS = (
    ("top_size", "上装尺码", "Top size", Kind.CHOICE, Group.SIZES, [[s, s, s] for s in ("XS", "S", "M", "L", "XL", "XXL")]),
    ("shoe_size", "鞋码", "Shoe size", Kind.NUMBER, Group.SIZES, []),
    ("style", "风格", "Style", Kind.CHOICES, Group.PREFERENCES, [
        ["calm", "素雅", "Calm"], ["bold", "张扬", "Bold"], ["sporty", "运动", "Sporty"], ["classic", "经典", "Classic"],
    ]),
    ("allergy", "过敏", "Allergic to", Kind.TEXT, Group.PREFERENCES, []),
    ("child_born_on", "孩子生日", "Child born on", Kind.DATE, Group.FAMILY, []),
    ("child_height", "孩子身高(厘米)", "Child's height (cm)", Kind.NUMBER, Group.FAMILY, []),
    ("wedding_day", "结婚纪念日", "Wedding anniversary", Kind.OCCASION, Group.OCCASIONS, []),
    ("comes_by_car", "开车来店", "Comes by car", Kind.YES_NO, Group.OTHER, []),
)  # fmt: skip
HEROINE = {"top_size": "M", "shoe_size": "37.5", "style": ["calm", "classic"], "child_born_on": "2018-06-01",
           "child_height": "128", "wedding_day": "12-06", "comes_by_car": "yes"}  # fmt: skip


def build_facts(heroine: Member, people: dict[str, User], rng: random.Random) -> None:
    """The fields, everything about the member of the tour, and a little about a hundred others."""
    for position, (key, name, name_en, kind, group, options) in enumerate(FIELDS, start=1):
        FieldDefinition.objects.create(
            key=key, name=name, name_en=name_en, kind=kind, group=group, options=options, position=position * 10
        )
    learn_facts(member_id=heroine.pk, facts=HEROINE, actor=people["associate"])
    others = list(
        Member.objects.filter(kind=Member.Kind.INDIVIDUAL).exclude(pk=heroine.pk).values_list("pk", flat=True)[:1500]
    )
    for pk in rng.sample(others, min(100, len(others))):
        facts = {
            "top_size": rng.choice(("S", "M", "L", "XL")),
            "shoe_size": str(rng.randint(35, 43)),
            "style": [rng.choice(("calm", "bold", "sporty", "classic"))],
        }
        learn_facts(member_id=pk, facts=facts, actor=people["associate"])
