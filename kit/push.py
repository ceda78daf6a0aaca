"""A word to the browsers of one person, now: published to Redis, carried on by the push process (`crm_site.push`).

A word may be lost; whoever listens fetches the truth when a connection begins and asks for it while there is none.
"""

import json
import logging
from functools import lru_cache

import redis
from django.conf import settings
from django.core import signing
from django.db import transaction

logger = logging.getLogger(__name__)

TICKET_SECONDS = 60
_SALT = "kit.push"


def channel_of(user_id: int) -> str:
    """Where the words for one person travel."""
    return f"{settings.PUSH_CHANNEL}:{user_id}"


def ticket_for(user_id: int) -> str:
    """What a browser shows to the push process: who it is, signed, good for a minute."""
    return signing.dumps(user_id, salt=_SALT)


def user_of(ticket: str) -> int | None:
    """Whose ticket this is; None for a forged or an old one."""
    try:
        user_id = signing.loads(ticket, salt=_SALT, max_age=TICKET_SECONDS)
    except signing.BadSignature:
        return None
    return user_id if isinstance(user_id, int) else None


def push(user_id: int, word: dict[str, object]) -> None:
    """Tell a person's browsers after the commit. A Redis that is away must not spoil what was committed."""
    transaction.on_commit(lambda: _publish(user_id, word), robust=True)


def _publish(user_id: int, word: dict[str, object]) -> None:
    try:
        _redis(settings.REDIS_URL).publish(channel_of(user_id), json.dumps(word))
    except (redis.RedisError, OSError) as error:
        logger.warning("a word to user %s was not pushed: %s", user_id, error)


@lru_cache
def _redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)
