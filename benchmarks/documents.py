"""Compare each invoice's stored representation with the serializer, field by field, after a month of operations.

Fills a database made for the run with the demo, lets a month of drawn acts happen to it, and compares what clients of
the API are served with what is made anew of the tables. On SQLite, or on the PostgreSQL that DATABASE_URL names.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter
from typing import Any
from uuid import UUID

from at_once import books_are_clean, set_up
from dashboard_figures import connect_to, databases

CHUNK = 500  # invoices that are compared at once
DAYS = 30
Wire = dict[str, Any]


@dataclass(slots=True)
class Comparison:
    """The numbers of compared representations and fields, the missing ones, and the fields that differ."""

    documents: int = 0
    missing: int = 0
    fields: int = 0
    differing: Counter[str] = field(default_factory=Counter)
    examples: dict[str, UUID] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Return whether nothing is missing and nothing differs."""
        return not (self.missing or self.differing)


def main() -> int:
    """Return 0 if nothing differs and check_books finds nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=50_000)
    parser.add_argument("--verbs", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ["CLINIC_DEMO"] = "1"
    with databases(1) as (name,):
        set_up()
        connect_to(name)
        fill(options.invoices, options.seed)
        live(options.verbs, options.seed)
        began = perf_counter()
        found = compared()
        print_report(found, perf_counter() - began)
        return 0 if books_are_clean() & found.is_clean else 1


def fill(invoices: int, seed: int) -> None:
    """Fill the database with the demo as of a month ago."""
    from django.core.management import call_command
    from django.db import connection

    from clinic.domain.dates import today

    began = perf_counter()
    call_command("migrate", verbosity=0)
    with open(os.devnull, "w") as unread:  # noqa: PTH123  # a device
        until = today() - timedelta(days=DAYS)
        call_command("demo", invoices=str(invoices), seed=str(seed), until=str(until), stdout=unread, stderr=unread)
    print(f"{connection.vendor}: demo of {invoices:,} invoices, in {perf_counter() - began:,.0f} s", flush=True)


def live(verbs: int, seed: int) -> None:
    """Do the operations of the month since; print them, and how many were refused."""
    from django.contrib.auth.models import User
    from django.utils import timezone
    from month_of_verbs import SHARES, Month

    began, now = perf_counter(), timezone.now()
    supervisor = User.objects.get(username="supervisor")
    month = Month(seed=seed, by=supervisor, begin=now - timedelta(days=DAYS), end=now)
    month.live(verbs)
    done, refused = month.done.total(), month.refused.total()
    print(f"{done:,} verbs done, {refused:,} refused, in {perf_counter() - began:,.0f} s")
    for name in SHARES:
        print(f"    {name:28}{month.done[name]:8,}{month.refused[name]:8,} refused")


def compared() -> Comparison:
    """Compare every invoice, in chunks, and return the result."""
    from billing.api.invoice_responses import represent_invoices
    from billing.models import Invoice
    from billing.models.invoice import stored_representation
    from clinic.json_values import as_dict

    found = Comparison()
    for keys in chunks():
        chunk = Invoice.objects.filter(pk__in=keys)
        stored = list(chunk.representation_rows())
        found.missing += sum(stored_representation.read(row.wire_document) is None for row in stored)
        served = dict(zip((row.pk for row in stored), represent_invoices(stored), strict=True))
        for invoice in chunk.for_rendering().select_related("patient"):
            made = list(leaves(rendered(invoice)))
            found.documents += 1
            found.fields += len(made)
            for name in differing(list(leaves(dict(as_dict(served[invoice.pk])))), made):
                found.differing[name] += 1
                found.examples.setdefault(name, invoice.pk)
    return found


def chunks() -> Iterator[list[UUID]]:
    """Yield the ids of all invoices in chunks."""
    from billing.models import Invoice

    keys = Invoice.objects.order_by("pk").values_list("pk", flat=True)
    chunk = list(keys[:CHUNK])
    while chunk:
        yield chunk
        chunk = list(keys.filter(pk__gt=chunk[-1])[:CHUNK])


def rendered(invoice: Any) -> Wire:
    """Return the serializer's result from the tables, with the current names of tags and payer."""
    import orjson

    from billing.models.invoice import stored_representation

    made: Wire = orjson.loads(stored_representation.read(invoice.render_representation()) or "")
    tags = [tag.name for tag in sorted(invoice.tags.all(), key=lambda tag: tag.key)]
    return {**made, "payer": made["payer"] or invoice.payer._asdict(), "tags": tags}


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every field with its name; the members of a list share a name, and a list yields its length.

    >>> list(leaves({"id": 7, "items": [{"code": "A"}], "bill_to": None}))
    [('id', 7), ('items', 1), ('items.code', 'A'), ('bill_to', None)]
    """
    if isinstance(value, list):
        yield name, len(value)
    if not isinstance(value, dict | list):
        yield name, value
    for key, member in value.items() if isinstance(value, dict) else ((None, each) for each in _members(value)):
        yield from leaves(member, ".".join(filter(None, (name, key))))


def _members(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def differing(one: Sequence[tuple[str, Any]], other: Sequence[tuple[str, Any]]) -> set[str]:
    """Return the names of the fields in which two representations differ, or differ in order.

    >>> differing([("id", 7), ("notes", "a")], [("id", 7), ("notes", "b")])
    {'notes'}
    >>> sorted(differing([("id", 7)], [("id", 7), ("notes", "b")]))
    ['notes']
    """
    if len(one) != len(other):
        return {name for name, _ in set(map(_hashable, one)) ^ set(map(_hashable, other))} or {"(order)"}
    return {names for pair in zip(one, other, strict=True) if pair[0] != pair[1] for names in (pair[1][0],)}


def _hashable(leaf: tuple[str, Any]) -> tuple[str, str]:
    return leaf[0], repr(leaf[1])


def print_report(found: Comparison, seconds: float) -> None:
    """Print the result."""
    print(f"documents compared{found.documents:14,}   in {seconds:,.0f} s")
    print(f"documents missing{found.missing:15,}")
    print(f"fields compared{found.fields:17,}")
    print(f"differences{found.differing.total():21,}")
    for name, count in sorted(found.differing.items()):
        print(f"    {name}: {count:,} times, first in {found.examples[name]}")


if __name__ == "__main__":
    sys.exit(main())
