"""A Redis that is away is an empty cache."""

from kit.caches import ForgivingRedisCache


def test_an_absent_redis_is_an_empty_cache(tmp_path, caplog):
    cache = ForgivingRedisCache(f"unix://{tmp_path}/nobody.sock", {})
    cache.set("a", 1)
    cache.set_many({"a": 1})
    assert cache.get("a", "nothing") == "nothing"
    assert cache.get_or_set("a", lambda: 2) == 2
    assert cache.get_many(["a"]) == {}
    assert not cache.has_key("a")
    assert not cache.delete("a")
    cache.delete_many(["a"])
    assert "away" in caplog.text
