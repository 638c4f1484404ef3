"""Scheduler that runs the demo's scenarios side by side, their actions in order of time."""

import heapq
from collections.abc import Iterator
from datetime import datetime

Scenario = Iterator[datetime]
"""A generator that performs one action, then yields the time of its next, until it ends."""


class Scheduler:
    """Runs scenarios in the order of their times, so that numbers follow dates."""

    def __init__(self, *, end: datetime) -> None:
        self._end = end
        self._waiting: list[tuple[datetime, int, Scenario]] = []
        self._count = 0

    def schedule(self, at: datetime, scenario: Scenario) -> None:
        """Continue a scenario at that time; drop it if the time is not before the end."""
        if at < self._end:
            self._count += 1  # order among equal times
            heapq.heappush(self._waiting, (at, self._count, scenario))

    def run(self) -> None:
        """Run all scenarios to their ends. ValueError when one goes back in time."""
        while self._waiting:
            at, _, scenario = heapq.heappop(self._waiting)
            following = next(scenario, None)
            if following is None:
                continue
            if following < at:
                raise ValueError(f"a scenario at {at} continues at {following}")
            self.schedule(following, scenario)
