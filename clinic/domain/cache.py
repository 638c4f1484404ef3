"""A cache in the memory of one process, bounded in size and safe to use from several threads."""

from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class BoundedCache(Generic[Value]):
    """Values by key, at most `max_size` of them: the one stored longest ago is dropped for a new one.

    Reading takes no lock. Whether a value is still good is for the caller to decide.
    """

    def __init__(self, max_size: int) -> None:
        self.max_size = max_size
        self._values: dict[Hashable, Value] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> Value | None:
        """Return the value stored under a key, or None."""
        return self._values.get(key)

    def set(self, key: Hashable, value: Value) -> None:
        """Store a value as the newest one, in place of any other under its key."""
        with self._lock:
            self._values.pop(key, None)
            while len(self._values) >= self.max_size:
                del self._values[next(iter(self._values))]
            self._values[key] = value

    def clear(self) -> None:
        """Drop every value."""
        with self._lock:
            self._values.clear()
