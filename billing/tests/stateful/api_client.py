"""API client of the stateful test: sends requests, returns statuses, error codes and cents."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.tests.stateful.arithmetic import Line
from clinic.testing import ApiClient


@dataclass
class Answer:
    """A response: HTTP status, error code ("" if there is none), body, ETag."""

    status: int
    code: str
    body: dict[str, Any]
    etag: str


class BooksClient:
    """Speaks for one clerk. Amounts are given, and heard, in cents."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, **headers: str) -> Answer:
        response = self._api.send(method, path, b"" if body is None else body, headers=headers)
        given = json.loads(response.content, parse_float=Decimal, parse_int=Decimal)
        return Answer(response.status_code, given.get("code", ""), given, response.headers.get("ETag", ""))

    def get(self, path: str) -> Answer:
        answer = self.ask("GET", path)
        assert answer.status == 200, answer
        return answer

    def post(self, path: str, **body: Any) -> Answer:
        return self.ask("POST", path, spoken(body))

    def put(self, path: str, *, etag: str = "", **body: Any) -> Answer:
        return self.ask("PUT", path, spoken(body), **({"If-Match": etag} if etag else {}))

    def rows(self, path: str) -> list[dict[str, Any]]:
        """All rows of a list."""
        body = self.get(f"{path}?limit=500").body
        assert body["total"] == len(body["data"])
        return body["data"]


def as_items(lines: list[Line]) -> list[dict[str, Any]]:
    """Items as a client sends them."""
    return [
        {
            "description": "Visit",
            "quantity": str(line.quantity),
            "unit_price": str(line.unit_price),
            "discount_amount": line.discount,
            "discount_percent": line.discount_percent,
            "tax_rate": line.tax_rate,
        }
        for line in lines
    ]


def as_allocations(shares: dict[str, int] | None) -> list[dict[str, Any]] | None:
    """Shares as a client sends them; None when nothing is told."""
    return [{"invoice_id": key, "amount": amount} for key, amount in shares.items()] if shares else None


def spoken(body: dict[str, Any]) -> dict[str, Any]:
    """A body as JSON: what was not said is left out, whole cents become an amount."""
    return {name: _spoken(name, value) for name, value in body.items() if value is not None}


def _spoken(name: str, value: Any) -> Any:
    if name.endswith("amount"):
        return value / 100
    if isinstance(value, list):
        return [spoken(each) if isinstance(each, dict) else each for each in value]
    return value


def cents(amount: Decimal) -> int:
    """An amount that the API told, which has no part of a cent."""
    assert amount * 100 == int(amount * 100)
    return int(amount * 100)
