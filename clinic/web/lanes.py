"""Lanes: threads that run the requests of one kind, with a bounded queue before them.

A slow request delays only those of its lane. Each lane costs a worker as many database connections as it has threads.
"""

import threading
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from re import compile as pattern
from typing import NamedTuple

from django.db import connections

from clinic.web.paths import is_admin_path

STOP_SECONDS = 5  # for the threads of a lane to finish their request when the worker ends


class LaneSize(NamedTuple):
    """The number of threads of a lane, how many requests may wait for them, and the limit of the time they have."""

    threads: int
    waiting: int
    seconds: float = 5.0
    covers_running: bool = False  # whether the limit is one of waiting and running, not of waiting alone


LANES: Mapping[str, LaneSize] = {
    "read": LaneSize(threads=1, waiting=64),
    "write": LaneSize(threads=1, waiting=64),  # apart from reads, because a write may wait for a lock
    "page": LaneSize(threads=2, waiting=32),  # the admin
    "login": LaneSize(threads=1, waiting=64, seconds=30.0),  # one password hash at once; fifty people wait their turn
    "long": LaneSize(threads=1, waiting=4, seconds=30.0),  # exports, bulk actions, the check of the books
    "readyz": LaneSize(threads=1, waiting=4, covers_running=True),
    "metrics": LaneSize(threads=1, waiting=4, covers_running=True),
}
LONG_PAGE = pattern(r"/admin/(.*/export/|billing/invoice/bulk/|billing/books-check/)")


def lane_name(method: str, path: str) -> str:
    """Return the lane of a request.

    >>> lane_name("GET", "/invoice/"), lane_name("PUT", "/invoice/"), lane_name("POST", "/o/token/")
    ('read', 'write', 'login')
    >>> lane_name("POST", "/admin/login/"), lane_name("GET", "/admin/login/")
    ('login', 'page')
    >>> lane_name("GET", "/admin/billing/invoice/export/csv/"), lane_name("GET", "/readyz/")
    ('long', 'readyz')
    """
    if (probe := path.strip("/")) in ("readyz", "metrics"):
        return probe
    if path.startswith("/o/") or (method, path) == ("POST", "/admin/login/"):
        return "login"
    if is_admin_path(path):
        return "long" if LONG_PAGE.match(path) else "page"
    return "read" if method in ("GET", "HEAD", "OPTIONS") else "write"


class Lane:
    """Running threads and the queue from which they take jobs."""

    def __init__(self, name: str, size: LaneSize) -> None:
        self.size = size
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True) for number in range(size.threads)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, job: Callable[[], None]) -> bool:
        """Queue a job, which must not raise; return False if too many are waiting already."""
        if self._jobs.qsize() >= self.size.waiting:
            return False
        self._jobs.put(job)
        return True

    def stop(self) -> None:
        """End the threads after the jobs in the queue, and close their database connections."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(STOP_SECONDS)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
        connections.close_all()
