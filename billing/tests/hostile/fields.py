"""Every field that a client can write, and the values that no field of its kind takes."""

import json
from collections.abc import Iterator
from typing import Any

from billing.tests.hostile.case import Case, raw

# A body that each write takes, with everything in it that it knows.
LINE: dict[str, Any] = {
    "service_id": "<service>",
    "code": "A",
    "description": "x",
    "quantity": 1,
    "unit_price": 10,
    "discount_amount": 1,
    "discount_percent": 1,
    "tax_rate": 1,
    "service_date": "2026-06-01",
}
INVOICE: dict[str, Any] = {
    "patient_id": "<patient>",
    "appointment_id": "<appointment>",
    "issue_date": "2026-06-01T05:53:48.451968",
    "due_date": "2026-07-01",
    "status": "DRAFT",
    "reason": "x",
    "discount_amount": 1,
    "discount_percent": 1,
    "paid_amount": 0,
    "bill_to": {"name": "x", "address": "x"},
    "tags": ["a"],
    "notes": "x",
    "items": [LINE],
}
MONEY = {
    "amount": 1,
    "method": "cash",
    "reference": "x",
    "received_at": "2026-06-01",
    "tendered": 5,
    "excess": "reject",
}
REFUND = {"amount": 1, "method": "cash", "reason": "x", "reference": "x"}
PATIENT = {
    "record_number": "R1",
    "given_name": "Eva",
    "family_name": "Kim",
    "birth_date": "1985-12-10",
    "phone": "+49 30 1",
    "email": "eva@example.org",
    "address": "x",
    "language": "de",
    "active": True,
}
APPOINTMENT = {
    "patient_id": "<patient>",
    "starts_at": "2026-06-16T09:00:00",
    "ends_at": "2026-06-16T09:30:00",
    "practitioner": "x",
    "reason": "x",
    "status": "scheduled",
}
SERVICE = {"code": "B", "description": "x", "category": "x", "unit_price": 1, "tax_rate": 1, "active": True}
KEPT = {"patient_id": "<patient>", "due_date": "2026-07-01", "tags": ["a"], "notes": "x"}

VALID: dict[str, dict[str, Any]] = {
    "POST /invoice/": INVOICE,
    "PUT /invoice/<draft>": {**INVOICE, "items": [{**LINE, "id": "<draft_item>"}]},
    "PUT /invoice/<issued>": KEPT,
    "POST /invoice/<draft>/issue": {},
    "POST /invoice/<part_paid>/void": {"reason": "x", "payments": "refund", "method": "cash"},
    "POST /invoice/<issued>/write-off": {"reason": "x", "amount": 1},
    "POST /invoice/<written_off>/reinstate": {"reason": "x"},
    "POST /invoice/<issued>/payments": MONEY,
    "POST /invoice/<paid>/refunds": REFUND,
    "POST /invoice/<issued>/credit-notes": {"reason": "x", "items": [{"id": "<issued_item>", "amount": 1}]},
    "POST /invoice/<paid>/credit-notes": {"reason": "x", "items": [{"id": "<paid_item>", "quantity": 1}]},
    "POST /invoice/<issued>/correct": {"reason": "x"},
    "POST /payment/": {
        **MONEY,
        "patient_id": "<patient>",
        "allocations": [{"invoice_id": "<issued>", "amount": 1}],
    },
    "POST /payment/<credit>/allocations": {"allocations": [{"invoice_id": "<survivor_invoice>", "amount": 1}]},
    "POST /payment/<credit>/refund": REFUND,
    "POST /payment/<paid_payment>/reverse": {"reason": "x"},
    "POST /patient/": PATIENT,
    "PUT /patient/<patient>": PATIENT,
    "POST /patient/<other_patient>/merge": {"into": "<survivor>"},
    "POST /appointment/": APPOINTMENT,
    "PUT /appointment/<appointment>": APPOINTMENT,
    "POST /service/": SERVICE,
    "PUT /service/<service>": SERVICE,
    "POST /tag/": {"name": "b"},
    "PUT /tag/<tag>": {"name": "b"},
}

# What no field of a kind takes, and the code with which it says so.
NUMBERS = [
    ("a flag", True, "not_a_number"),
    ("an object", {"amount": 1}, "not_a_number"),
    ("not a number", raw("NaN"), "not_a_number"),
    ("a number with a comma", "1,00", "not_a_number"),
    ("a number in full-width digits", "１", "not_a_number"),
    ("a number with an underscore", "1_000", "not_a_number"),
    ("a huge number", raw("1e400"), "out_of_range"),
    ("a number below zero", -0.01, "out_of_range"),
]
KINDS: dict[str, list[tuple[str, Any, str]]] = {
    "id": [
        ("a number", 7, "invalid"),
        ("a flag", True, "invalid"),
        ("an id in braces", "{<nobody>}", "invalid"),
        ("an id as a URN", "urn:uuid:<nobody>", "invalid"),
        ("two ids", ["<nobody>", "<patient>"], "invalid"),
        ("a quotation mark behind an id", "<nobody>' OR '1'='1", "invalid"),
    ],
    "money": [
        *NUMBERS,
        ("a third decimal", 0.001, "too_many_decimals"),
        ("a cent too much", 10_000_000_000, "out_of_range"),
        ("nothing", None, "null"),
    ],
    "price": [*NUMBERS, ("a fifth decimal", 0.00001, "too_many_decimals"), ("nothing", None, "null")],
    "percent": [*NUMBERS, ("more than all", 100.0001, "out_of_range"), ("nothing", None, "null")],
    "quantity": [
        *NUMBERS,
        ("zero", 0, "out_of_range"),
        ("a million", 1_000_000, "out_of_range"),
        ("a fourth decimal", "0.0001", "too_many_decimals"),
    ],
    "text": [
        ("a number", 7, "invalid"),
        ("a list", ["x"], "invalid"),
        ("an object", {"$ne": ""}, "invalid"),
        ("nothing", None, "null"),
        ("far too long", "x" * 5_001, "too_long"),
        ("a NUL", raw('"a\\u0000b"'), "bad_text"),
        ("half of a character", raw('"\\ud83e"'), "bad_text"),
    ],
    "moment": [
        ("seconds since 1970", 1_780_000_000, "invalid"),
        ("a list", ["2026-06-01"], "invalid"),
        ("a day that is not", "2026-02-30", "invalid"),
        ("a year too early", "1899-12-31T23:59:59", "invalid"),
        ("a year too late", "2201-01-01", "invalid"),
        ("the end of time by way of a zone", "9999-12-31T23:59:59-23:59", "invalid"),
        ("a second statement behind it", "2026-06-01T00:00:00Z; DROP TABLE x", "invalid"),
        ("digits of another script", "٢٠٢٦-٠٦-٠١", "invalid"),
    ],
    "day": [
        ("a number", 20260601, "invalid"),
        ("a moment", "2026-06-01T00:00:00Z", "invalid"),
        ("a leap day that is not", "2025-02-29", "invalid"),
        ("a year too early", "0001-01-01", "invalid"),
        ("a line feed behind it", "2026-06-01\n", "invalid"),
    ],
    "choice": [
        ("a number", 0, "unknown_choice"),
        ("a list", ["cash"], "unknown_choice"),
        ("nothing", None, "null"),
        ("a long word", "x" * 100_000, "unknown_choice"),
        ("a space behind it", "cash ", "unknown_choice"),
        ("half of a character", raw('"\\ud800"'), "bad_text"),
    ],
    "flag": [
        ("a word", "true", "invalid"),
        ("a number", 1, "invalid"),
        ("nothing", None, "null"),
    ],
    "list": [
        ("an object", {"0": "x"}, "invalid"),
        ("a text", "x", "invalid"),
        ("nothing", None, "null"),
    ],
    "object": [
        ("a list", [], "invalid"),
        ("a text", "x", "invalid"),
        ("a number", 7, "invalid"),
    ],
}

# Where a field of which kind stands.
FIELDS = """
POST /invoice/                              id        /patient_id
POST /invoice/                              id        /appointment_id
POST /invoice/                              moment    /issue_date
POST /invoice/                              moment    /due_date
POST /invoice/                              choice    /status
POST /invoice/                              text      /reason
POST /invoice/                              money     /discount_amount
POST /invoice/                              percent   /discount_percent
POST /invoice/                              money     /paid_amount
POST /invoice/                              object    /bill_to
POST /invoice/                              text      /bill_to/name
POST /invoice/                              text      /bill_to/address
POST /invoice/                              list      /tags
POST /invoice/                              text      /notes
POST /invoice/                              list      /items
POST /invoice/                              object    /items/0
POST /invoice/                              id        /items/0/service_id
POST /invoice/                              text      /items/0/code
POST /invoice/                              text      /items/0/description
POST /invoice/                              quantity  /items/0/quantity
POST /invoice/                              price     /items/0/unit_price
POST /invoice/                              money     /items/0/discount_amount
POST /invoice/                              percent   /items/0/discount_percent
POST /invoice/                              percent   /items/0/tax_rate
POST /invoice/                              day       /items/0/service_date
PUT /invoice/<draft>                        id        /patient_id
PUT /invoice/<draft>                        id        /appointment_id
PUT /invoice/<draft>                        moment    /issue_date
PUT /invoice/<draft>                        choice    /status
PUT /invoice/<draft>                        text      /reason
PUT /invoice/<draft>                        money     /discount_amount
PUT /invoice/<draft>                        percent   /discount_percent
PUT /invoice/<draft>                        money     /paid_amount
PUT /invoice/<draft>                        object    /bill_to
PUT /invoice/<draft>                        list      /tags
PUT /invoice/<draft>                        text      /notes
PUT /invoice/<draft>                        list      /items
PUT /invoice/<draft>                        id        /items/0/id
PUT /invoice/<draft>                        id        /items/0/service_id
PUT /invoice/<draft>                        text      /items/0/description
PUT /invoice/<draft>                        quantity  /items/0/quantity
PUT /invoice/<draft>                        price     /items/0/unit_price
PUT /invoice/<draft>                        percent   /items/0/tax_rate
PUT /invoice/<draft>                        day       /items/0/service_date
PUT /invoice/<issued>                       moment    /due_date
PUT /invoice/<issued>                       list      /tags
POST /invoice/<part_paid>/void              text      /reason
POST /invoice/<part_paid>/void              choice    /payments
POST /invoice/<part_paid>/void              choice    /method
POST /invoice/<issued>/write-off            text      /reason
POST /invoice/<issued>/write-off            money     /amount
POST /invoice/<written_off>/reinstate       text      /reason
POST /invoice/<issued>/payments             money     /amount
POST /invoice/<issued>/payments             choice    /method
POST /invoice/<issued>/payments             text      /reference
POST /invoice/<issued>/payments             moment    /received_at
POST /invoice/<issued>/payments             choice    /excess
POST /invoice/<paid>/refunds                money     /amount
POST /invoice/<paid>/refunds                choice    /method
POST /invoice/<paid>/refunds                text      /reason
POST /invoice/<paid>/refunds                text      /reference
POST /invoice/<issued>/credit-notes         text      /reason
POST /invoice/<issued>/credit-notes         list      /items
POST /invoice/<issued>/credit-notes         id        /items/0/id
POST /invoice/<issued>/credit-notes         money     /items/0/amount
POST /invoice/<paid>/credit-notes           quantity  /items/0/quantity
POST /invoice/<issued>/correct              text      /reason
POST /payment/                              id        /patient_id
POST /payment/                              money     /amount
POST /payment/                              choice    /method
POST /payment/                              moment    /received_at
POST /payment/                              list      /allocations
POST /payment/                              id        /allocations/0/invoice_id
POST /payment/                              money     /allocations/0/amount
POST /payment/<credit>/allocations          object    /allocations/0
POST /payment/<credit>/allocations          id        /allocations/0/invoice_id
POST /payment/<credit>/allocations          money     /allocations/0/amount
POST /payment/<credit>/refund               money     /amount
POST /payment/<credit>/refund               text      /reason
POST /payment/<paid_payment>/reverse        text      /reason
POST /patient/                              text      /record_number
POST /patient/                              text      /given_name
POST /patient/                              text      /family_name
POST /patient/                              day       /birth_date
POST /patient/                              text      /phone
POST /patient/                              text      /email
POST /patient/                              text      /address
POST /patient/                              text      /language
POST /patient/                              flag      /active
PUT /patient/<patient>                      text      /family_name
PUT /patient/<patient>                      day       /birth_date
PUT /patient/<patient>                      flag      /active
POST /patient/<other_patient>/merge         id        /into
POST /appointment/                          id        /patient_id
POST /appointment/                          moment    /starts_at
POST /appointment/                          moment    /ends_at
POST /appointment/                          text      /practitioner
POST /appointment/                          text      /reason
POST /appointment/                          choice    /status
PUT /appointment/<appointment>              moment    /starts_at
PUT /appointment/<appointment>              choice    /status
POST /service/                              text      /code
POST /service/                              text      /description
POST /service/                              text      /category
POST /service/                              price     /unit_price
POST /service/                              percent   /tax_rate
POST /service/                              flag      /active
PUT /service/<service>                      price     /unit_price
PUT /service/<service>                      text      /code
POST /tag/                                  text      /name
PUT /tag/<tag>                              text      /name
"""


def with_value(body: Any, where: str, value: Any) -> Any:
    """The body with another value at a pointer."""
    copy = json.loads(json.dumps(body))
    *steps, last = where.split("/")[1:]
    here = copy
    for step in steps:
        here = here[int(step)] if isinstance(here, list) else here[step]
    here[int(last) if isinstance(here, list) else last] = value
    return copy


def _cases() -> Iterator[Case]:
    for line in FIELDS.strip().splitlines():
        *request, kind, where = line.split()
        for name, value, code in KINDS[kind]:
            body = with_value(VALID[" ".join(request)], where, value)
            yield Case(f"{where} is {name}", " ".join(request), body, 400, code, where)


CASES = list(_cases())
