import json
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from django.utils import timezone

from loyalty.services.figures import figures_as_of
from members.models import Member


class Command(BaseCommand):
    help = "Points outstanding, tiers, net spend and unmatched returns as they stood at the end of a day."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--as-of", type=date.fromisoformat, default=None, help="YYYY-MM-DD, today by default")
        parser.add_argument("--member", help="member number, or number in the source system")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args, as_of: date | None, member: str | None, **options) -> None:
        found = None
        if member:
            found = Member.objects.filter(Q(member_no=member) | Q(external_no=member)).first()
            if found is None:
                raise CommandError(f"There is no member {member}.")
        figures = figures_as_of(as_of or timezone.localdate(), member=found)
        facts = {
            "as_of": figures.as_of.isoformat(),
            "members": figures.members,
            "points_outstanding": figures.points_outstanding,
            "stars": {str(stars): count for stars, count in sorted(figures.stars.items())},
            "net_spend": str(figures.net_spend),
            "unmatched_returns": figures.unmatched_returns,
            "matched_return_lines": figures.matched_return_lines,
            "sales": figures.sales,
            "returns": figures.returns,
        }
        if found:
            facts["member"] = member
            facts["tier"] = next(stars for stars, count in figures.stars.items() if count)
        self.stdout.write(
            json.dumps(facts, ensure_ascii=False)
            if options["json"]
            else "\n".join(f"{key}: {value}" for key, value in facts.items())
        )
