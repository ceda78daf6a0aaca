"""Devices: the token is shown once, kept as a hash, changed and revoked."""

import pytest

from kit.errors import Conflict
from staff.services.devices import create_device, device_of, revoke_device, rotate_token
from staff.tests.factories import make_device


def test_the_token_opens_and_is_not_kept(store_a):
    device, token = make_device(store_a)
    assert device_of(token) == device
    assert token not in str(vars(device))
    assert device_of("atr_wrong") is None


def test_a_new_token_shuts_the_old_one_out(store_a):
    device, token = make_device(store_a)
    fresh = rotate_token(device=device, actor=None)
    assert device_of(token) is None
    assert device_of(fresh) == device


def test_a_revoked_device_is_out(store_a, ada):
    device, token = make_device(store_a)
    revoke_device(device=device, actor=ada)
    revoke_device(device=device, actor=ada)
    assert device_of(token) is None


def test_a_name_is_used_once_in_a_store(store_a, store_b, ada):
    create_device(store=store_a, name="POS 1", kind="till", actor=ada)
    create_device(store=store_b, name="POS 1", kind="till", actor=ada)
    with pytest.raises(Conflict):
        create_device(store=store_a, name="POS 1", kind="till", actor=ada)
