"""Measure the admin at 1,000,000 invoices against 10,000: statements, and the median time of a page.

On the PostgreSQL that DATABASE_URL names, in databases made for the run. The pages are those that a clerk asks for, in
process, from the request to the rendered page, on the last day of the books: the list of invoices in many ways, what is
fetched after it, an invoice, and the overview.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from time import perf_counter
from typing import Any

from at_once import clerk, set_up
from dashboard_figures import MOST, NOW, connect_to, databases, make

OVERVIEW, ISSUED, PAID = "/admin/", "/admin/billing/invoice/{}/change/", "/admin/billing/payment/"
LIST, TOTALS, QUEUES = "/admin/billing/invoice/", "/admin/billing/invoice/totals/", "/admin/billing/invoice/queues/"
Found = dict[str, list[tuple[int, float]]]  # of each page, for each size: statements and milliseconds


def main() -> int:
    """Return 0 if no page makes more statements at the second size than at the first, or takes three times as long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, nargs=2, default=(10_000, 1_000_000), metavar=("FEW", "MANY"))
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    os.environ["CLINIC_DEMO"] = "1"  # pages without https
    with databases(2) as names:
        set_up()
        for name, invoices in zip(names, options.invoices, strict=True):
            make(name, invoices=invoices, days=365 * 5, documents=False)
        return print_report(measured(names, options.rounds), options.invoices)


def pages() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the pages: name, path and query. Searches are for the invoice in the middle of the list."""
    from billing.models import Invoice

    some = Invoice.objects.filter(reg_number__startswith="INV-").select_related("patient").order_by("created_at")
    count = some.count()
    middle, deep = some[count // 2], max(1, min(count, 7_500) // 50)
    number, person = middle.reg_number.lower(), middle.patient
    name = f"{person.given_name} {person.family_name}".lower()
    return {
        "the first page": (LIST, {}),
        "a page far back": (LIST, {"p": deep}),
        "search: one number": (LIST, {"q": number}),
        "search: a patient's record": (LIST, {"q": person.record_number}),
        "search: a patient's name": (LIST, {"q": name}),
        "search: a word that most have": (LIST, {"q": "consultation"}),
        "search: number and name": (LIST, {"q": f"{number} {person.family_name}"}),
        "search: a word that none has": (LIST, {"q": "qwertyuiop"}),
        "overdue, 31-60 days": (LIST, {"age": "31-60"}),
        "three statuses": (LIST, {"status__exact": ["DRAFT", "ISSUED", "VOID"]}),
        "one account": (LIST, {"patient__id__exact": str(person.pk)}),
        "totals of what is overdue": (TOTALS, {"age": "overdue"}),
        "counts of the queues": (QUEUES, {}),
        "credit to allocate": (PAID, {"queue": "credit"}),
        "an issued invoice": (ISSUED.format(middle.pk), {}),
        "the overview": (OVERVIEW, {}),
    }


def measured(names: Sequence[str], rounds: int) -> Found:
    """Measure both sizes in turn: each page once without and then with the clock."""
    import time_machine

    with time_machine.travel(NOW):
        clients, asked, counted = {}, {}, {}
        for name in names:
            connect_to(name)
            clients[name], asked[name] = browser(), pages()
            counted[name] = {title: count(clients[name], *page) for title, page in asked[name].items()}
        times: dict[tuple[str, str], list[float]] = {(name, title): [] for name in names for title in asked[name]}
        for _ in range(rounds):
            for name in names:
                connect_to(name)
                for title, page in asked[name].items():
                    clients[name].get(*page)
                    began = perf_counter()
                    clients[name].get(*page)
                    times[name, title].append((perf_counter() - began) * 1000)
    return {title: [(counted[name][title], median(times[name, title])) for name in names] for title in asked[names[0]]}


def count(client: Any, path: str, query: dict[str, Any]) -> int:
    """Return the number of statements of a page."""
    client.get(path, query)
    with statements() as seen:
        assert client.get(path, query).status_code == 200, path
    return len(seen)


def browser() -> Any:
    """Return a client that is logged in to the admin."""
    from django.test import Client
    from django.test.utils import setup_test_environment

    if not hasattr(browser, "is_set_up"):
        setup_test_environment()
        browser.is_set_up = True  # type: ignore[attr-defined]  # once
    from billing.roles import apply_roles

    apply_roles()
    person = clerk()
    person.is_staff = True
    person.save()
    from clinic.testing import in_role

    client = Client()
    client.force_login(in_role(person, "supervisor"))
    return client


@contextmanager
def statements() -> Iterator[list[str]]:
    """Yield a list of the statements that are executed inside."""
    from django.db import connection

    seen: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield seen


def print_report(found: Found, sizes: Sequence[int]) -> int:
    """Print statements and medians; 1 when a page's statements depend on the number of invoices, or its time does
    by more than MOST."""
    few, many = (f"{size:,}" for size in sizes)
    print(f"{'':32}{'statements':>16}{few + ' ms':>14}{many + ' ms':>16}{'ratio':>8}")
    for title, ((count, quick), (count_of_many, slow)) in found.items():
        asked = f"{count} / {count_of_many}"
        print(f"{title:32}{asked:>16}{quick:14.1f}{slow:16.1f}{slow / quick:8.1f}")
    return int(any(few != many or slow > MOST * quick for (few, quick), (many, slow) in found.values()))


if __name__ == "__main__":
    sys.exit(main())
