"""The demo's suppliers: one for each brand, prospects in each stage, papers, people, two years of scores."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm_site.demo.building import Size, build_demo
from kit.credit_codes import is_right
from stores.models import Counter
from suppliers.models import CounterScore, Licence, Party, PartyPerson, ScorePeriod


@pytest.mark.django_db
def test_the_demo_has_suppliers_prospects_papers_people_and_scores():
    today = timezone.localdate()
    build_demo(today=today, say=lambda _text: None, size=Size(members=100, sales=2500))
    brands = set(Counter.objects.values_list("brand", flat=True))
    assert Party.objects.filter(status="supplier").count() >= len(brands) - 5
    assert set(Party.objects.filter(status="prospect").values_list("stage", flat=True)) == set(Party.Stage.values)
    assert all(is_right(code) for code in Party.objects.values_list("uscc", flat=True))
    running = Licence.objects.filter(valid_to__range=(today, today + timedelta(days=60)), person=None)
    assert running.exists()
    assert PartyPerson.objects.values("counter").distinct().count() == 120
    assert ScorePeriod.objects.count() == 72
    assert CounterScore.objects.filter(score__isnull=False).count() > 1000
    assert ScorePeriod.objects.filter(closed_at=None).count() == 6
