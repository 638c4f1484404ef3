"""Time the API's lists in large books: the median and the 99th percentile of each query.

In process, from the request to the answer's bytes; on SQLite in a temporary folder, or on the PostgreSQL that
DATABASE_URL names. `script/bench` asks the same over HTTP, against others, on PostgreSQL.
"""

import argparse
import logging
import os
import sys
from collections.abc import Callable
from statistics import median, quantiles
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from at_once import clerk, set_up
from dashboard_figures import connect_to, databases, make

DAYS = 730
SAMPLE = 60  # values of each question


def main() -> int:
    """Print the table and return 1 if a request was refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=200, help="How often each question is asked.")
    options = parser.parse_args()
    os.environ["CLINIC_DEMO"] = "1"  # without limits of requests a minute
    with databases(1) as (name,):
        set_up()
        logging.getLogger("clinic.requests").setLevel("WARNING")
        make(name, invoices=options.invoices, days=DAYS)
        connect_to(name)
        ask = asker()
        print(f"{'':36}{'p50 ms':>10}{'p99 ms':>10}")
        for title, queries in questions(options.invoices).items():
            addresses = [address_of(query) for query in queries]
            taken = [timed(ask, addresses[number % len(addresses)]) for number in range(options.times + 5)][5:]
            print(f"{title:36}{median(taken):10.1f}{quantiles(taken, n=100)[-1]:10.1f}", flush=True)
    return 0


def questions(invoices: int) -> dict[str, list[dict[str, Any]]]:
    """Return the queries by title; those of one title follow each other."""
    from billing.models import Invoice, Tag

    some = Invoice.objects.filter(reg_number__startswith="INV-").select_related("patient").order_by("pk")[:SAMPLE]
    numbers = [invoice.reg_number for invoice in some]
    names = [invoice.patient.full_name for invoice in some]
    deep = [invoices * part // 100 for part in range(40, 60)]
    return {
        "the first 100": [{}],
        "those of a patient": [{"patient_id": invoice.patient_id} for invoice in some],
        "search: a number": [{"search": number} for number in numbers],
        "search: most of a number": [{"search": number[:-1]} for number in numbers],
        "search: a patient's name": [{"search": name} for name in names],
        "search: a word that most have": [{"search": "consultation"}],
        "100 of a status": [{"status": status} for status in ("ISSUED", "PAID", "DRAFT")],
        "100 with a tag": [{"tags": tag.name} for tag in Tag.objects.all()[:SAMPLE]],
        "100 that are overdue": [{"overdue": "true"}],
        "100 due in a month": [{"due_date_from": "2026-02-01", "due_date_to": "2026-02-28"}],
        "100 in the middle of all": [{"offset": offset} for offset in deep],
    }


def address_of(query: dict[str, Any]) -> str:
    """Return the path of a query with a limit of a hundred rows."""
    return f"/invoice/?{urlencode({'limit': 100, **query})}"


def asker() -> Callable[[str], Any]:
    """Return a user's token that does not expire."""
    from django.test import Client
    from django.test.utils import setup_test_environment
    from oauth2_provider.models import Application

    from clinic.testing import token_for

    setup_test_environment()
    application = Application.objects.create(
        name="lists", client_type=Application.CLIENT_PUBLIC, authorization_grant_type=Application.GRANT_PASSWORD
    )
    client = Client(headers={"Authorization": f"Bearer {token_for(clerk(), application=application)}"})

    def ask(address: str) -> Any:
        answer = client.get(address, secure=True)
        if answer.status_code != 200:
            sys.exit(f"{address}: {answer.status_code} {answer.content[:300]!r}")
        return answer

    return ask


def timed(ask: Callable[[str], Any], address: str) -> float:
    """Return the duration of a request in milliseconds."""
    began = perf_counter()
    ask(address)
    return (perf_counter() - began) * 1000


if __name__ == "__main__":
    sys.exit(main())
