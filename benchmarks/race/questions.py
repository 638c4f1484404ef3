"""Benchmark requests: the same for all contestants, drawn from the books that all of them have."""

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from race.database import rows
from race.servers import Server

DRAFTS = 100  # made through each contestant's API, for PUT
SAMPLE = 500
UNPAID = 5_000  # at most: that few are paid a hundred times
Asked = tuple[str, str, Any]  # method, path, body


@dataclass(frozen=True)
class Pool:
    """A sample of the books from which requests are made, the same for all contestants."""

    scale: int
    ids: list[str]
    patients: list[str]
    numbers: list[str]
    names: list[str]
    tags: list[str]
    unpaid: list[str]


@dataclass(frozen=True)
class Question:
    name: str
    label: str
    requests: Callable[[Pool], list[Asked]]
    writes: bool = False


def pool_of(product: str, scale: int) -> Pool:
    """Return a sample of the product's records, the same at each call."""

    def some(column: str, where: str = "TRUE", of: str = "billing_invoice", most: int = SAMPLE) -> list[str]:
        asked = f"SELECT {column} FROM {of} WHERE {where} ORDER BY md5(id::text) LIMIT {most}"
        return [str(value) for (value,) in rows(product, asked)]

    with_invoices = "id IN (SELECT patient_id FROM billing_invoice)"
    return Pool(
        scale=scale,
        ids=some("id"),
        patients=some("patient_id"),
        numbers=some("reg_number", "reg_number LIKE 'INV-%'"),
        names=some("given_name || ' ' || family_name", with_invoices, "patients_patient"),
        tags=some("name", of="billing_tag"),
        unpaid=some("id", "status = 'ISSUED' AND remaining_amount > 2000", most=UNPAID),
    )


def _listed(queries: Iterable[dict[str, Any]]) -> list[Asked]:
    return [("GET", f"/invoice/?{urlencode(query)}", None) for query in queries]


def _deep(pool: Pool) -> list[Asked]:
    chance = random.Random(1)
    middle = [chance.randrange(pool.scale * 4 // 10, pool.scale * 6 // 10) for _ in range(SAMPLE)]
    return _listed({"limit": 100, "offset": offset} for offset in middle)


def new_invoice(patient: str, chance: random.Random) -> dict[str, Any]:
    """Return the body of a draft with five items."""
    return {
        "patient_id": patient,
        "due_date": "2027-06-01T00:00:00Z",
        "discount_percent": 5,
        "items": [
            {
                "code": f"S{number:02}",
                "description": f"Treatment {number}",
                "quantity": 2,
                "unit_price": chance.randrange(1000, 20000) / 100,
            }
            for number in range(5)
        ],
    }


def _creations(pool: Pool) -> list[Asked]:
    chance = random.Random(2)
    return [("POST", "/invoice/", new_invoice(patient, chance)) for patient in pool.patients]


QUESTIONS = [
    Question("get", "one invoice", lambda pool: [("GET", f"/invoice/{key}", None) for key in pool.ids]),
    Question("list", "the first 100", lambda _: _listed([{"limit": 100}])),
    Question("patient", "those of a patient", lambda pool: _listed({"patient_id": key} for key in pool.patients)),
    Question("number", "search: most of a number", lambda pool: _listed({"search": it[:-1]} for it in pool.numbers)),
    Question("name", "search: a patient's name", lambda pool: _listed({"search": name} for name in pool.names)),
    Question("status", "100 of a status", lambda _: _listed({"status": name} for name in ("ISSUED", "PAID"))),
    Question("tags", "100 with a tag", lambda pool: _listed({"tags": name} for name in pool.tags)),
    Question("offset", "100 in the middle of all", _deep),
    Question("create", "create, 5 items", _creations, writes=True),
    Question("put", "change one of 5 items of a draft", lambda _: [], writes=True),
    Question(
        "payment",
        "take a payment",
        lambda pool: [("POST", f"/invoice/{key}/payments", {"amount": 0.01, "method": "cash"}) for key in pool.unpaid],
        writes=True,
    ),
]
SEARCHES = ("number", "name")


def changes(server: Server, pool: Pool) -> list[Asked]:
    """Create drafts, and return two bodies for each that differ in a quantity, to be sent alternately."""
    chance = random.Random(3)
    with _Caller(server) as call:
        drafts = [call("POST", "/invoice/", new_invoice(pool.patients[0], chance))[1] for _ in range(DRAFTS)]
    written = ("id", "code", "description", "quantity", "unit_price")
    found: list[Asked] = []
    for quantity in (3, 4):
        for draft in drafts:
            items = [{name: item[name] for name in written} for item in draft["items"]]
            items[2]["quantity"] = quantity
            body = {"patient_id": draft["patient_id"], "due_date": draft["due_date"], "discount_percent": 5}
            found.append(("PUT", f"/invoice/{draft['id']}", {**body, "items": items}))
    return found


def wrk_requests(requests: Iterable[Asked]) -> str:
    """Return the requests in the format of wrk.lua."""
    lines = [(method, path, "" if body is None else json.dumps(body)) for method, path, body in requests]
    return "".join("\t".join(line) + "\n" for line in lines)


def answers(server: Server, requests: Iterable[Asked]) -> list[Any]:
    """Return the parts of a contestant's answers that all must have in common. AssertionError for a refused request."""
    with _Caller(server) as call:
        found = [call(*request)[1] for request in requests]
    return [_common(answer) for answer in found]


def _common(answer: dict[str, Any]) -> Any:
    if "data" in answer:
        return answer["total"], [_common(invoice) for invoice in answer["data"]]
    if "items" not in answer:
        return answer["amount"]
    names = "status subtotal total_amount paid_amount remaining_amount patient_id discount_percent".split()
    of_item = ("description", "quantity", "unit_price", "line_total")
    items = [[item[name] for name in of_item] for item in answer["items"]]
    number = answer["reg_number"]
    return [None if number.startswith("DRAFT") else number, *(answer[name] for name in names), items]


class _Caller:
    """An open connection to a contestant."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.connection = HTTPConnection(urlsplit(server.url).netloc, timeout=120)
        self.headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
        self.headers |= {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}

    def __enter__(self) -> "_Caller":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        sent = None if body is None else json.dumps(body)
        self.connection.request(method, path, sent, self.headers)
        response = self.connection.getresponse()
        answer = response.read()
        asked = f"{self.server.name}: {method} {path}: {response.status} {answer[:300]!r}"
        assert response.status in (200, 201), asked
        return response.status, json.loads(answer)
