"""What each window has left, counted in Redis: exact across workers and machines, in one message a request.

What is counted and how long a window still lasts is asked and changed by one script, which Redis runs as a whole.
While Redis does not answer, each worker counts for itself, and Redis is asked again once a second.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from .counters import Left, MemoryCounters, Spending, Spent

log = logging.getLogger("restwell")
PATIENCE = 0.05
"""Seconds to wait for Redis."""
PAUSE = 1.0
"""Seconds in which it is not asked again after it did not answer."""
SCRIPT = """
local amount, fits, told = tonumber(ARGV[1]), 1, {}
for i, key in ipairs(KEYS) do
  local spent = tonumber(redis.call('GET', key) or '0')
  told[2 * i] = spent
  if spent + amount > tonumber(ARGV[2 * i]) then fits = 0 end
end
for i, key in ipairs(KEYS) do
  if fits == 1 and amount > 0 then
    told[2 * i] = redis.call('INCRBY', key, amount)
    if told[2 * i] == amount then redis.call('PEXPIRE', key, ARGV[2 * i + 1]) end
  end
  local left = redis.call('PTTL', key)
  told[2 * i + 1] = left < 0 and tonumber(ARGV[2 * i + 1]) or left
end
told[1] = fits
return told
"""


class RedisCounters:
    """Counts in the Redis at a URL, such as `redis://localhost:6379/0`. Raises ValueError for another URL."""

    def __init__(self, url: str) -> None:
        import redis  # an extra: only who counts there needs it

        self._errors: tuple[type[Exception], ...] = (redis.RedisError, OSError)
        client = redis.Redis.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=None, health_check_interval=30
        )
        self._run: Any = client.register_script(SCRIPT)
        self._alone = MemoryCounters()
        self._asks_again = 0.0

    def spend(self, spendings: Sequence[Spending], amount: int = 1) -> Spent:
        """As `Counters` has it."""
        if time.monotonic() < self._asks_again:
            return self._alone.spend(spendings, amount)
        keys = [key_of(each) for each in spendings]
        arguments = [amount, *(number for limit, _ in spendings for number in (limit.quota, 1000 * limit.window))]
        try:
            fits, *told = self._run(keys, arguments)
        except self._errors as error:
            self._asks_again = time.monotonic() + PAUSE
            log.warning(
                "Redis does not count requests, each worker does so for itself meanwhile: %s", type(error).__name__
            )
            return self._alone.spend(spendings, amount)
        return Spent(bool(fits), tuple(
            Left(max(0, limit.quota - spent), left / 1000)
            for (limit, _), spent, left in zip(spendings, told[::2], told[1::2], strict=True)
        ))  # fmt: skip


def key_of(spending: Spending) -> str:
    """The name in Redis: of a bounded length, and without who is counted."""
    limit, partition = spending
    return f"restwell:{limit.name}:{limit.window}:{blake2b(partition.encode(), digest_size=16).hexdigest()}"
