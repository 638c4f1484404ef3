"""How the demo's time passes: many episodes side by side, each act at its own moment, none after the end."""

import heapq
from collections.abc import Iterator
from datetime import datetime

# The acts of one story: it acts, then names the moment of its next act, until it is told.
Episode = Iterator[datetime]


class Agenda:
    """Episodes, continued in the order of their moments, so that numbers follow dates."""

    def __init__(self, *, end: datetime) -> None:
        self._end = end
        self._waiting: list[tuple[datetime, int, Episode]] = []
        self._entered = 0

    def enter(self, at: datetime, episode: Episode) -> None:
        """Let an episode go on at that moment; not at all when that lies at the end or after it."""
        if at < self._end:
            self._entered += 1  # tells apart what happens at the same moment
            heapq.heappush(self._waiting, (at, self._entered, episode))

    def run(self) -> None:
        """Let everything happen. ValueError when an episode goes back in time."""
        while self._waiting:
            at, _, episode = heapq.heappop(self._waiting)
            following = next(episode, None)
            if following is None:
                continue
            if following < at:
                raise ValueError(f"an episode of {at} goes on at {following}")
            self.enter(following, episode)
