"""Results of a race as Markdown: the ratios and their goals."""

from collections.abc import Iterable, Sequence

from race.goals import (
    MILLISECONDS,
    QUICK_AT_A_MILLION,
    SAME_AT_ANY_SIZE,
    TAIL,
    WITHIN,
    Ratio,
    Results,
    goal_of,
    goal_results,
)
from race.questions import QUESTIONS
from race.rounds import EMPTY, RIVALS

LABELS = {question.name: question.label for question in QUESTIONS}
COLUMNS = {"drf": "plain DRF", "fastapi": "plain FastAPI", "database": "PostgreSQL itself"}
SPECIAL = {
    ("create", "guarded"): "create, by PostgreSQL in the product's own tables, with their triggers",
    ("get", "empty"): "one invoice, by an empty view behind the product's middleware",
    ("get", "bare"): "one invoice, by an empty view without any middleware",
}
INTRODUCTION = """\
Ratios of answers a second: the product's by that of each rival, asked the same, in the same minutes, on the same books.
The median of the rounds, with the least and the most; behind it the goal, hit or missed. `>`: the rival answered
nothing in time."""
Line = Sequence[str]


def report(results: Results, *, machine: Iterable[str], settings: str) -> str:
    """Return the results as a Markdown page."""
    parts = [
        "# What `script/bench` showed",
        INTRODUCTION,
        "\n".join(f"- {sentence}" for sentence in [*machine, settings]),
        *(_of_scale(results, scale) for scale in results.scales),
        _growth(results),
        _latency(results),
        _processor(results),
        _memory(results),
        _goals(results),
        _faults(results),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _of_scale(results: Results, scale: int) -> str:
    lines = []
    for question in results.questions:
        for load in results.loads:
            figures = [results.middle(scale, question, load, "product", name) for name in ("p50", "p99")]
            text = " / ".join("" if value is None else f"{value:.2f}" for value in figures)
            cells = [_cell(results.ratio(scale, question, load, rival), goal_of(question, rival)) for rival in COLUMNS]
            lines.append([LABELS[question], str(load), text, *cells])
    head = ["question", "at once", "product, p50 / p99 ms", *(f"by {name}" for name in COLUMNS.values())]
    special = [
        [label, str(load), _cell(results.ratio(scale, question, load, rival), goal_of(question, rival))]
        for (question, rival), label in SPECIAL.items()
        for load in results.loads
        if results.ratio(scale, question, load, rival)
    ]
    tables = [_table(head, lines), *([_table(["besides", "at once", "ratio"], special)] if special else [])]
    return "\n\n".join([f"## {scale:,} invoices", *tables])


def _growth(results: Results) -> str:
    if len(results.scales) < 2:
        return ""
    small, large = f"{results.scales[0]:,}", f"{results.scales[-1]:,}"
    lines = []
    for question in results.questions:
        for load in results.loads:
            ratio = results.growth(question, load)
            goal = WITHIN if question in SAME_AT_ANY_SIZE else None
            lines.append([LABELS[question], str(load), _cell(ratio, goal, above=False)])
    head = ["question", "at once", f"rate at {small} by that at {large}"]
    return f"## The cost at {large} invoices against {small}\n\n{_table(head, lines)}"


def _latency(results: Results) -> str:
    """Return the durations that have a goal, and the ratio of the 99th percentile to the median."""
    scale, load = results.scales[-1], results.loads[-1]
    lines = []
    for question in results.questions:
        quick = results.middle(scale, question, results.loads[0], "product", "p50")
        assert quick is not None
        cell = f"{quick:.2f}"
        if question in QUICK_AT_A_MILLION and scale >= 1_000_000:
            cell = _mark_goal(cell, quick <= MILLISECONDS, f"<= {MILLISECONDS:g}")
        tails = []
        for rival in RIVALS:
            p50, p99 = (results.middle(scale, question, load, rival, name) for name in ("p50", "p99"))
            tail = p99 / p50 if p50 and p99 is not None else None
            text = "" if tail is None else f"{tail:.1f}"
            has_goal = rival == "product" and tail is not None
            tails.append(_mark_goal(text, (tail or 0) <= TAIL, f"<= {TAIL:g}") if has_goal else text)
        lines.append([LABELS[question], cell, *tails])
    head = ["question", "p50 ms, one at once", f"p99 / p50, {load} at once", "plain DRF's", "plain FastAPI's"]
    return f"## Latency at {scale:,} invoices\n\n{_table(head, lines)}"


def _processor(results: Results) -> str:
    """Return the statistic that other load on the machine disturbs least."""
    scale, load = results.scales[-1], results.loads[-1]
    lines = []
    for question in results.questions:
        busy = [results.middle(scale, question, load, rival, "busy") or 0.0 for rival in RIVALS]
        theirs = [f"{each:.2f} ({_short(each / busy[0])})" if each and busy[0] else "" for each in busy[1:]]
        lines.append([LABELS[question], f"{busy[0]:.2f}", *theirs])
    title = f"## Processor time of a server for an answer, {load} at once, at {scale:,} invoices"
    head = ["question", "product, ms", "plain DRF, ms (ratio)", "plain FastAPI, ms (ratio)"]
    return f"{title}\n\nWithout that of PostgreSQL.\n\n{_table(head, lines)}"


def _memory(results: Results) -> str:
    lines = []
    for scale in results.scales:
        for name in [*RIVALS, *EMPTY]:
            pss, rss = (results.peak(scale, name, kind) / 1024**2 for kind in ("pss", "rss"))
            if pss:
                lines.append([f"{scale:,}", COLUMNS.get(name, name), f"{pss:.0f}", f"{rss:.0f}"])
    head = ["invoices", "server", "PSS, MB", "RSS, MB"]
    title = f"## Peak memory of all processes of a server, {results.loads[-1]} at once"
    return f"{title}\n\n{_table(head, lines)}" if lines else ""


def _goals(results: Results) -> str:
    """Return the number of goals reached, and those missed, the farthest first."""
    goals = list(goal_results(results))
    missed = sorted((each for each in goals if each.part < 1), key=lambda each: each.part)
    lines = [f"- {each.of_what}: {each.reached:.2f} of {each.goal:g}" for each in missed]
    return f"## Goals\n\n{len(goals) - len(missed)} hit, {len(missed)} missed.\n\n" + "\n".join(lines)


def _faults(results: Results) -> str:
    faults = list(results.faults())
    return "## Faults\n\n" + "\n".join(f"- {fault}" for fault in faults) if faults else ""


def _cell(ratio: Ratio | None, goal: float | None, *, above: bool = True) -> str:
    if ratio is None:
        return ""
    text = f"{'>' if ratio.bound else ''}{_short(ratio.value)}"
    if ratio.least != ratio.most:
        text += f" ({_short(ratio.least)}–{_short(ratio.most)})"
    if goal is None:
        return text
    is_hit = ratio.value >= goal if above else ratio.value <= goal
    return _mark_goal(text, is_hit, f"{'>=' if above else '<='} {goal:g}")


def _mark_goal(text: str, is_hit: bool, goal: str) -> str:
    return f"{text}, {goal}: {'hit' if is_hit else '**missed**'}"


def _short(value: float) -> str:
    """Return a number with at least two significant digits.

    >>> _short(0.354), _short(3.54), _short(35.4)
    ('0.35', '3.5', '35')
    """
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _table(head: Line, lines: Iterable[Line]) -> str:
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, rule, *lines])
