"""A cache in Redis that may be away: then it is an empty one, and pages take a query more instead of failing."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import ConnectionError as AwayError
from redis.exceptions import TimeoutError as SlowError

logger = logging.getLogger(__name__)


def _or(otherwise: Callable[[], Any]) -> Callable:
    def decorate(method: Callable) -> Callable:
        @wraps(method)
        def inner(*args: Any, **kwargs: Any) -> Any:
            try:
                return method(*args, **kwargs)
            except (AwayError, SlowError) as error:
                logger.warning("the cache is away: %s", error)
                return otherwise()

        return inner

    return decorate


class ForgivingClient(RedisCacheClient):
    """Answers as an empty cache would while Redis is away."""

    add = _or(lambda: True)(RedisCacheClient.add)
    set = _or(lambda: None)(RedisCacheClient.set)
    touch = _or(lambda: False)(RedisCacheClient.touch)
    delete = _or(lambda: False)(RedisCacheClient.delete)
    get_many = _or(dict)(RedisCacheClient.get_many)
    has_key = _or(lambda: False)(RedisCacheClient.has_key)
    set_many = _or(lambda: None)(RedisCacheClient.set_many)
    delete_many = _or(lambda: None)(RedisCacheClient.delete_many)

    def get(self, key: str, default: Any) -> Any:
        try:
            return super().get(key, default)
        except (AwayError, SlowError) as error:
            logger.warning("the cache is away: %s", error)
            return default


class ForgivingRedisCache(RedisCache):
    """The cache of the site."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ForgivingClient
