"""Goals of the product's speed, as ratios within one benchmark run, and their results."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import median

from race.load import Measured
from race.questions import SEARCHES

RIVALS = ("drf", "fastapi", "database", "guarded", "empty", "bare")
TEN_OF_DRF = ("get", "list", *SEARCHES)
TEN_OF_FASTAPI = ("list", *SEARCHES)
WITHIN = 1.1
SAME_AT_ANY_SIZE = ("get", "list", "patient", "create")
QUICK_AT_A_MILLION = (*SEARCHES, "status", "tags", "offset")
MILLISECONDS = 10.0
TAIL = 4.0


def goal_of(question: str, rival: str) -> float | None:
    """Return the goal: the product's rate divided by that of the rival; None where there is none."""
    if rival == "drf":
        return 10.0 if question in TEN_OF_DRF else 7.0
    if rival == "fastapi":
        return 10.0 if question in TEN_OF_FASTAPI else 3.0
    return {
        ("list", "database"): 1.5,
        ("create", "database"): 0.5,
        ("create", "guarded"): 0.5,
        ("get", "empty"): 0.35,
        ("get", "bare"): 0.35,
    }.get((question, rival))


@dataclass(frozen=True)
class Ratio:
    """Median, minimum and maximum over the rounds; with `bound` it is a lower bound: the rival answered nothing."""

    value: float
    least: float
    most: float
    bound: bool = False


class Results:
    """Measurements by request, contestant and size."""

    def __init__(self, found: Iterable[Measured]) -> None:
        self.found = list(found)
        self.scales = sorted({one.scale for one in self.found})
        self.questions = list(dict.fromkeys(one.question for one in self.found))
        self.loads = sorted({one.concurrency for one in self.found})

    def of(self, scale: int, question: str, load: int, contestant: str) -> list[Measured]:
        """Return the rounds of one cell in their order."""
        cell = (scale, question, load, contestant)
        chosen = [one for one in self.found if (one.scale, one.question, one.concurrency, one.contestant) == cell]
        return sorted(chosen, key=lambda one: one.round)

    def middle(self, scale: int, question: str, load: int, contestant: str, name: str) -> float | None:
        """Return the median of a figure over the rounds; None if it was not measured."""
        values = [getattr(one, name) for one in self.of(scale, question, load, contestant)]
        return median(values) if values else None

    def ratio(self, scale: int, question: str, load: int, rival: str) -> Ratio | None:
        """Return the product's rate divided by that of a rival, over the rounds."""
        mine, theirs = (self.of(scale, question, load, name) for name in ("product", rival))
        return _ratio(mine, theirs)

    def growth(self, question: str, load: int) -> Ratio | None:
        """Return the product's rate at the smallest size divided by that at the largest."""
        small, large = (self.of(scale, question, load, "product") for scale in (self.scales[0], self.scales[-1]))
        return _ratio(small, large)

    def peak(self, scale: int, contestant: str, name: str) -> int:
        """Return the largest memory of a contestant's processes under the highest load."""
        return max(
            (
                getattr(one, name)
                for one in self.found
                if (one.scale, one.contestant, one.concurrency) == (scale, contestant, self.loads[-1])
            ),
            default=0,
        )

    def faults(self) -> Iterator[str]:
        """Return a remark on a cell whose requests were refused or not answered."""
        for one in self.found:
            if one.refused or one.broken:
                yield (
                    f"{one.contestant}, {one.question} at {one.scale:,}, {one.concurrency} at once, round "
                    f"{one.round + 1}: {one.refused} refused, {one.broken} broken"
                )


def _ratio(mine: Sequence[Measured], theirs: Sequence[Measured]) -> Ratio | None:
    if not mine or len(mine) != len(theirs):
        return None
    rates = [
        (one.rate, other.rate if other.most is None else other.most) for one, other in zip(mine, theirs, strict=True)
    ]
    ratios = [one / other if other else 0.0 for one, other in rates]
    return Ratio(median(ratios), min(ratios), max(ratios), any(other.most is not None for other in theirs))


@dataclass(frozen=True)
class GoalResult:
    """A goal and the value that was reached; with `at_most`, less is better."""

    of_what: str
    reached: float
    goal: float
    at_most: bool = False

    @property
    def part(self) -> float:
        """Return the share of the goal that was reached; 1 or more: reached."""
        return self.goal / self.reached if self.at_most else self.reached / self.goal


def goal_results(results: Results) -> Iterator[GoalResult]:
    """Yield the result of every goal that the run has measurements for."""
    for scale, question, load in product(results.scales, results.questions, results.loads):
        for rival in RIVALS:
            goal, ratio = goal_of(question, rival), results.ratio(scale, question, load, rival)
            if goal and ratio:
                yield GoalResult(f"{question} by {rival}, {scale:,}, {load} at once", ratio.value, goal)
    if len(results.scales) > 1:
        for question, load in product(SAME_AT_ANY_SIZE, results.loads):
            if ratio := results.growth(question, load):
                yield GoalResult(f"{question}, growth, {load} at once", ratio.value, WITHIN, at_most=True)
    yield from _of_latency(results)


def _of_latency(results: Results) -> Iterator[GoalResult]:
    scale, load = results.scales[-1], results.loads[-1]
    for question in results.questions:
        p50, p99 = (results.middle(scale, question, load, "product", name) for name in ("p50", "p99"))
        if p50 and p99:
            yield GoalResult(f"{question}, p99 / p50, {scale:,}, {load} at once", p99 / p50, TAIL, at_most=True)
        quick = results.middle(scale, question, results.loads[0], "product", "p50")
        if quick and question in QUICK_AT_A_MILLION and scale >= 1_000_000:
            yield GoalResult(f"{question}, p50 in ms, {scale:,}", quick, MILLISECONDS, at_most=True)
