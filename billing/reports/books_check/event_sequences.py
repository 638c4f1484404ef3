"""Invariants of the events of each invoice: one for every version, and every status one that may follow the last.

Most invoices went one of a few ways. The database tells each way once, as numbers, and how many invoices went it; only
those that went an odd one are looked at by themselves.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_noop as _

from billing.choices import InvoiceStatus
from billing.models import Invoice, InvoiceEvent
from billing.reports.books_check.invariant import Finding, Part, batched, quoted, streamed
from billing.rules.lifecycle import MOVES

Story = Sequence[tuple[int, str]]  # version and status of each event, in order

STORIES = {
    "events": _("Every version of an invoice has the event that tells of it."),
    "last_event": _("The last event of an invoice tells its status."),
    "moves": _("Every status followed one that it may follow."),
}
STATUSES = list(InvoiceStatus.values)
LONGEST = 15  # versions; 3 bits of a status each are a bigint
_CODE = " ".join(f"WHEN '{status}' THEN {code}" for code, status in enumerate(STATUSES, start=1))
_SHORT = f"CASE WHEN version BETWEEN 1 AND {LONGEST} THEN CAST({{}} AS bigint) << ({{}}version) END"
_TOLD = (
    f"(SELECT invoice_id, COUNT(*) AS events, SUM({_SHORT.format('1', '')}) AS versions, "
    f"SUM({_SHORT.format(f'CASE status {_CODE} ELSE 0 END', '3 * ')}) AS statuses "
    "FROM billing_invoiceevent GROUP BY invoice_id)"
)
_SOURCE = f"billing_invoice invoice LEFT JOIN {_TOLD} told ON told.invoice_id = invoice.id"
# One event for each version from 1 on: of different powers of two no other ones have that sum and that number.
_IS_PLAIN = f"(events = version AND version <= {LONGEST} AND versions = (CAST(2 AS bigint) << version) - 2) IS TRUE"


def broken_by(version: int, status: str, story: Story) -> set[str]:
    """Which of the invariants an invoice of that version and status breaks with its events.

    >>> broken_by(2, "ISSUED", [(1, "DRAFT"), (2, "ISSUED")])
    set()
    >>> sorted(broken_by(3, "PAID", [(1, "DRAFT"), (2, "VOID")]))
    ['events']
    >>> sorted(broken_by(2, "PAID", [(1, "VOID"), (2, "ISSUED")]))
    ['last_event', 'moves']
    """
    broken = set()
    versions = {at for at, _ in story}
    if len(versions) != version or max(versions, default=0) != version:
        broken.add("events")
    if any(at == version and told != status for at, told in story):
        broken.add("last_event")
    before = InvoiceStatus.DRAFT.value
    for _at, told in story:
        if told != before and told not in MOVES.get(InvoiceStatus(before), ()):
            broken.add("moves")
            break
        before = told
    return broken


def plain_story(statuses: int, version: int) -> Story:
    """What the statuses of a plain story spell.

    >>> plain_story(0o210, 2)
    [(1, 'DRAFT'), (2, 'ISSUED')]
    """
    codes = [(at, statuses >> 3 * at & 7) for at in range(1, version + 1)]
    return [(at, STATUSES[code - 1] if code else "") for at, code in codes]


def _examine(keep: int) -> Iterable[Finding]:
    findings = {name: Finding(name, sentence) for name, sentence in STORIES.items()}
    for keys in batched(_odd_ones()):
        for key, version, status, story in _with_stories(keys):
            for name in broken_by(version, status, story):
                findings[name].add(str(key), keep=keep)
    return findings.values()


def _odd_ones() -> Iterator[UUID]:
    """The invoices whose story is not plain, or not a right one."""
    ways = streamed(f"SELECT {_IS_PLAIN}, version, status, statuses FROM {_SOURCE} GROUP BY 1, 2, 3, 4")
    wrong: set[str] = set()
    are_odd = False
    for is_plain, version, status, statuses in ways:
        if not is_plain:
            are_odd = True
        elif broken_by(version, status, plain_story(int(statuses), version)):
            wrong.add(f"(version = {int(version)} AND status = '{quoted(status)}' AND statuses = {int(statuses)})")
    if wrong or are_odd:
        odd = " OR ".join([f"NOT {_IS_PLAIN}", *sorted(wrong)])
        keys = streamed(f"SELECT invoice.id FROM {_SOURCE} WHERE {odd} ORDER BY invoice.id")
        yield from (UUID(str(key)) for (key,) in keys)


def _with_stories(keys: Sequence[UUID]) -> Iterator[tuple[UUID, int, str, Story]]:
    events = InvoiceEvent.objects.filter(invoice__in=keys).order_by("invoice_id", "version", "created_at")
    told: dict[UUID, Any] = {
        key: [(version, status) for _, version, status in of_invoice]
        for key, of_invoice in groupby(events.values_list("invoice_id", "version", "status"), key=lambda row: row[0])
    }
    for key, version, status in (
        Invoice.objects.filter(pk__in=keys).order_by("pk").values_list("pk", "version", "status")
    ):
        yield key, version, status, told.get(key, [])


STORIES_PART = Part(tuple(STORIES), _examine)
