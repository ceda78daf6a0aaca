from members.services.merging import foreign_keys, policy_for


def test_every_foreign_key_to_a_member_says_what_a_merge_does_with_it():
    undeclared = [f"{model._meta.label}.{field}" for model, field in foreign_keys() if policy_for(model, field) is None]
    assert not undeclared, (
        "Declare a policy in AppConfig.ready(): members.services.merging.register(label, policy) for "
        + ", ".join(undeclared)
    )
