"""What import-linter cannot see: upward foreign keys, reverse accessors, private modules of other apps."""

import grimp
import pytest
from django.apps import apps

FLOORS = [
    "kit", "stores", "staff", "workflow", "members", "sales", "loyalty", "suppliers", "campaigns",
    "callcenter", "crm_site",
]  # fmt: skip
RANK = {name: rank for rank, name in enumerate(FLOORS)}
PUBLIC = {"models", "services", "selectors", "access", "signals", "exceptions", "locks", "audit", "roles"}
# Cross-floor imports that are meant, each with its reason.
ALLOWED = {
    "staff.tasks": {"crm_site.health"},  # /readyz asks for the worker's heartbeat by the same key
    "staff.api": FLOORS,  # how a device signs in and is answered once: the base of every app's API
    "staff.admin": FLOORS,  # ReadOnlyAdmin and AuditedAdmin are the bases of every app's admin
}


def our_models():
    return [model for model in apps.get_models() if model._meta.app_label in RANK]


def test_no_foreign_key_points_upwards():
    upward = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in our_models()
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model is not None
        and RANK.get(field.related_model._meta.app_label, -1) > RANK[model._meta.app_label]
    ]  # fmt: skip
    assert upward == []


def test_no_reverse_accessor_reaches_a_higher_floor():
    reached = [
        f"{model._meta.label} ← {relation.related_model._meta.label}: needs related_name='+'"
        for model in our_models()
        for relation in model._meta.related_objects
        # Hidden many-to-many relations (related_name='+') are listed, but give no accessor.
        if not relation.hidden and RANK.get(relation.related_model._meta.app_label, -1) > RANK[model._meta.app_label]
    ]
    assert reached == []


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*FLOORS, exclude_type_checking_imports=True, cache_dir=None)


def test_private_modules_of_an_app_stay_private(graph):
    trespassers = []
    for module in sorted(graph.modules):
        app, _dot, rest = module.partition(".")
        if app == "kit" or rest.split(".")[0] in PUBLIC | {"", "tests", "migrations"}:
            continue
        for importer in graph.find_modules_that_directly_import(module):
            home = importer.split(".")[0]
            if home in (app, "crm_site") or ".tests" in importer:
                continue
            if importer in ALLOWED.get(module, ()) or home in ALLOWED.get(module, ()):
                continue
            trespassers.append(f"{importer} imports {module}")
    assert trespassers == []
