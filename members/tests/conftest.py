import pytest

from members.services import merging


@pytest.fixture
def merges_alone(monkeypatch):
    """Our merge tests ask nothing of the apps above: keys they have not declared stay where they are."""
    policies = dict(merging._policies)
    for model, _field in merging.foreign_keys():
        if model._meta.app_label != "members":
            policies[model._meta.label] = merging.keep
    monkeypatch.setattr(merging, "_policies", policies)
