"""The goals of the product's speed, as ratios within one race, and whether they were hit."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from race.load import Measured
from race.questions import SEARCHES

TEN_OF_DRF = ("get", "list", *SEARCHES)
TEN_OF_FASTAPI = ("list", *SEARCHES)
WITHIN = 1.1
SAME_AT_ANY_SIZE = ("get", "list", "patient", "create")
QUICK_AT_A_MILLION = (*SEARCHES, "status", "tags", "offset")
MILLISECONDS = 10.0
TAIL = 4.0


def goal_of(question: str, rival: str) -> float | None:
    """How many times the rate of that rival the product's shall be; None: no goal was set."""
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
    """The median over the rounds, the least and the most; `bound`: the rival answered nothing, it is at least so."""

    value: float
    least: float
    most: float
    bound: bool = False


class Results:
    """What was measured, found again by what was asked."""

    def __init__(self, found: Iterable[Measured]) -> None:
        self.found = list(found)
        self.scales = sorted({one.scale for one in self.found})
        self.questions = list(dict.fromkeys(one.question for one in self.found))
        self.loads = sorted({one.concurrency for one in self.found})

    def of(self, scale: int, question: str, load: int, contestant: str) -> list[Measured]:
        """The rounds of one cell, in their order."""
        cell = (scale, question, load, contestant)
        chosen = [one for one in self.found if (one.scale, one.question, one.concurrency, one.contestant) == cell]
        return sorted(chosen, key=lambda one: one.round)

    def middle(self, scale: int, question: str, load: int, contestant: str, name: str) -> float | None:
        """The median of a figure over the rounds; None where it was not asked."""
        values = [getattr(one, name) for one in self.of(scale, question, load, contestant)]
        return median(values) if values else None

    def ratio(self, scale: int, question: str, load: int, rival: str) -> Ratio | None:
        """The product's rate by that of a rival, round by round."""
        product, other = (self.of(scale, question, load, name) for name in ("product", rival))
        return _ratio(product, other)

    def growth(self, question: str, load: int) -> Ratio | None:
        """What the product's rate at the smallest size is by that at the largest: 1.1 costs a tenth more there."""
        small, large = (self.of(scale, question, load, "product") for scale in (self.scales[0], self.scales[-1]))
        return _ratio(small, large)

    def peak(self, scale: int, contestant: str, name: str) -> int:
        """The most bytes that a contestant's processes took under the highest load."""
        return max(
            (
                getattr(one, name)
                for one in self.found
                if (one.scale, one.contestant, one.concurrency) == (scale, contestant, self.loads[-1])
            ),
            default=0,
        )

    def faults(self) -> Iterator[str]:
        """What makes a cell worth less: answers that were refusals, or did not come."""
        for one in self.found:
            if one.refused or one.broken:
                yield (
                    f"{one.contestant}, {one.question} at {one.scale:,}, {one.concurrency} at once, round "
                    f"{one.round + 1}: {one.refused} refused, {one.broken} broken"
                )


def _ratio(product: Sequence[Measured], other: Sequence[Measured]) -> Ratio | None:
    if not product or len(product) != len(other):
        return None
    rates = [
        (mine.rate, theirs.rate if theirs.most is None else theirs.most)
        for mine, theirs in zip(product, other, strict=True)
    ]
    ratios = [mine / theirs if theirs else 0.0 for mine, theirs in rates]
    return Ratio(median(ratios), min(ratios), max(ratios), any(one.most is not None for one in other))
