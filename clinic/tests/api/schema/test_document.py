"""The OpenAPI document is valid, and agrees with the routes and the bodies that the API accepts."""

import json
import re
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.urls import get_resolver

from billing.api.serializers import CreditNoteBody, InvoiceBody, MoneyInBody, TagBody
from clinic.api.resources import Resource
from clinic.api.schema.generator import Generator
from clinic.domain.errors import InvalidValue
from clinic.tests.api.schema.validating import allowed, exactly, operations, resolved, schema
from patients.api.serializers import AppointmentBody, PatientBody

pytestmark = pytest.mark.neutral

NOBODY = "0d6a62a1-14e7-4b6c-9fd7-3a1f0fd0a1c4"


def error_responses():
    """Yield the status and the examples of every error response."""
    for _, path, operation in operations():
        for status, answer in operation["responses"].items():
            if int(status) >= 400 and not path.startswith("/o/"):
                yield int(status), resolved(answer)["content"]["application/problem+json"]["examples"]


def is_accepted(kind, body, *, update=False):
    """Return whether the API accepts a body."""
    try:
        kind.parse(exactly(body), update=update)
    except InvalidValue:
        return False
    return True


PATIENT = {"patient_id": NOBODY}
VISIT = {"description": "Visit", "unit_price": 1}
# Members of an invoice's body beside the patient, valid and invalid.
MEMBERS: list[dict[str, object]] = [
    {"status": "PAID"}, {"status": "paid"}, {"status": None},
    {"due_date": None}, {"due_date": "2019-08-24T14:15:22Z"}, {"due_date": "2026-06-01T25:00:00"},
    {"due_date": "2026-04-31T12:00:00"}, {"due_date": ""}, {"due_date": 5}, {"issue_date": "tomorrow"},
    {"appointment_id": None}, {"appointment_id": ""},
    {"discount_amount": 0}, {"discount_amount": 199.99}, {"discount_amount": "0.015"},
    {"discount_amount": -0.01}, {"discount_amount": "-1"}, {"discount_amount": 9999999999.99},
    {"discount_amount": 10000000000}, {"discount_amount": "10000000000"}, {"discount_amount": None},
    {"discount_amount": True}, {"discount_amount": "1e3"}, {"discount_amount": ""}, {"discount_percent": 12.5},
    {"discount_percent": "100.0001"}, {"discount_percent": 100.0001},
    {"tags": []}, {"tags": ["a"]}, {"tags": ["a,b"]}, {"tags": [""]},
    {"tags": ["a" * 51]}, {"tags": [str(n) for n in range(21)]}, {"tags": "a"},
    {"notes": ""}, {"notes": "a" * 5000}, {"notes": "a" * 5001}, {"notes": None}, {"reason": "a" * 501},
    {"bill_to": None}, {"bill_to": {"name": "Insurer"}}, {"bill_to": {}}, {"bill_to": {"address": "x"}},
    {"bill_to": {"name": "", "address": ""}}, {"currency": None}, {"currency": "EUR"},
    {"unknown": 1}, {"total_amount": 1}, {"warnings": []}, {"items": []}, {"items": None},
    {"items": {}}, {"items": [VISIT]}, {"items": [{"service_id": NOBODY}]}, {"items": [{"id": NOBODY}]},
    {"items": [{**VISIT, "quantity": 0}]}, {"items": [{**VISIT, "quantity": "0"}]},
    {"items": [{**VISIT, "line_total": 1, "position": 0}]}, {"items": [{**VISIT, "sum": 1}]},
    {"items": [{**VISIT, "service_date": "2026-05-31"}]}, {"items": [{**VISIT, "service_date": "31.5.2026"}]},
    {"items": [{**VISIT, "tax_rate": 7.7}]}, {"items": [VISIT] * 500}, {"items": [VISIT] * 501},
]  # fmt: skip
# What is accepted although the schema does not allow it: its descriptions say so.
ALSO_ACCEPTED: list[dict[str, object]] = [
    {"status": "PARTIALLY_PAID"}, {"due_date": "2026-06-01T05:53:48.451968"}, {"due_date": "2026-06-01"},
    {"discount_amount": "20.00"}, {"discount_percent": "100"}, {"total_amount": "whatever"},
    {"items": [{"name": "Visit", "price": "1.2345"}]}, {"items": [{**VISIT, "quantity": "0.001"}]},
]  # fmt: skip
# What is refused although the schema allows it: its descriptions say so.
ALSO_REFUSED: list[dict[str, object]] = [
    {"due_date": "1800-06-01T00:00:00Z"}, {"due_date": "2201-01-02T00:00:00Z"}, {"discount_amount": 0.015},
    {"discount_percent": 12.50001}, {"tags": [" "]}, {"bill_to": {"name": "", "address": "x"}}, {"currency": "USD"},
    {"items": [{}]}, {"items": [{"description": "Visit"}]}, {"items": [{"unit_price": 1}]},
    {"items": [{"id": None, "service_id": None}]}, {"items": [{**VISIT, "description": " "}]},
    {"items": [{**VISIT, "quantity": 1.0001}]},
]  # fmt: skip


def shortened(body):
    """Return the name of a test of a body."""
    return re.sub(r"\s+", " ", json.dumps(body))[-60:]


class TestDocument:
    @pytest.mark.slow
    def test_document_is_valid_openapi_without_warnings(self, tmp_path):
        call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml"))

        assert "openapi: 3.1" in (tmp_path / "schema.yaml").read_text()

    def test_document_has_every_route_of_the_api_once(self):
        routes = set()
        for pattern in get_resolver().url_patterns:
            view = getattr(pattern, "callback", None)
            if issubclass(getattr(view, "cls", object), Resource):
                path = pattern.pattern.regex.pattern.removeprefix("^").removesuffix(r"/?\Z")
                path = "/" + path.replace("(?P<key>[^/]+)", "{id}")
                path = path if "{id}" in path else f"{path}/"
                routes |= {(method.upper(), path) for method in view.actions if method != "head"}

        described = {(method, path) for method, path, operation in operations() if operation["tags"] != ["Token"]}

        assert len(routes) > 35
        assert described == routes

    def test_every_operation_has_a_unique_name_a_summary_and_a_scope(self):
        names = [operation["operationId"] for _, _, operation in operations()]

        assert len(set(names)) == len(names)
        assert all(
            operation["summary"] and operation["description"] for *_, operation in operations() if operation["security"]
        )
        scopes = schema()["components"]["securitySchemes"]["OAuth2PasswordBearer"]["flows"]["password"]["scopes"]
        used = {scope for *_, operation in operations() for need in operation["security"] for [scope] in need.values()}
        assert used == set(scopes)

    def test_every_request_body_has_an_example(self):
        without = [
            operation["operationId"]
            for _, _, operation in operations()
            for content in operation.get("requestBody", {}).get("content", {}).values()
            if not content.get("examples") and operation["operationId"] != "revoke_token"
        ]

        assert without == []

    def test_every_error_has_an_example_with_a_known_code(self):
        listed = {entry.code for entry in Generator().all_codes()}

        for status, examples in error_responses():
            assert examples
            for code, example in examples.items():
                problem = example["value"]
                assert allowed("Problem", problem)
                assert (problem["code"], problem["status"]) == (code, status)
                assert code in listed

    @pytest.mark.parametrize("path", ["/schema/", "/schema", "/docs/", "/docs"])
    def test_document_and_page_need_no_token_and_no_database(self, client, path):
        answer = client.get(path)

        assert answer.status_code == 200

    @pytest.mark.parametrize("path", ["/schema/", "/docs/"])
    def test_document_and_page_are_read_only(self, client, path):
        answer = client.post(path)

        assert answer.status_code == 405
        assert answer.headers["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize(("path", "accept"), [("/schema/", "application/yaml"), ("/docs/", "application/json")])
    def test_document_and_page_have_one_format(self, client, path, accept):
        answer = client.get(path, headers={"Accept": accept})

        assert answer.status_code == 406
        assert answer.json()["code"] == "not_acceptable"


class TestDocsPage:
    def test_page_loads_nothing_from_other_hosts_and_has_no_inline_scripts(self, client):
        page = client.get("/docs/").content.decode()

        links = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert len(links) >= 5
        assert all(not urlsplit(link).netloc and link.startswith(("/", "#")) for link in links)
        assert re.findall(r"<script[^>]*>([^<]+)</script>|<style|\son\w+=", page) == []
        assert all(finders.find(link.removeprefix("/static/")) for link in links if link.startswith("/static/"))

    def test_page_has_a_content_security_policy(self, client):
        policy = client.get("/docs/").headers["Content-Security-Policy"]

        rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";") if rule.strip())
        assert rules.pop("img-src") == "'self' data:"
        assert {rules.pop(name) for name in ("script-src", "style-src", "connect-src")} == {"'self'"}
        assert set(rules.values()) == {"'none'"}
        assert {"default-src", "base-uri", "form-action", "frame-ancestors"} == set(rules)

    def test_page_starts_with_its_own_script(self, client):
        answer = client.get("/docs/?script=")

        assert answer.headers["Content-Type"].startswith("application/javascript")
        assert b'url: "/schema' in answer.content


class TestBodies:
    """Bodies, valid and invalid, by the schema and by the API."""

    @pytest.mark.parametrize(
        "body",
        [{}, {"patient_id": None}, {"patient_id": "x"}, {"patient_id": NOBODY}, *(PATIENT | each for each in MEMBERS)],
        ids=shortened,
    )
    def test_invoice_body_is_valid_in_the_schema_and_in_the_api_alike(self, body):
        assert allowed("InvoiceBody", body) is is_accepted(InvoiceBody, body)

    @pytest.mark.parametrize("member", ALSO_ACCEPTED, ids=shortened)
    def test_invoice_body_that_only_descriptions_allow_is_accepted(self, member):
        assert is_accepted(InvoiceBody, PATIENT | member)
        assert not allowed("InvoiceBody", PATIENT | member)

    @pytest.mark.parametrize("member", ALSO_REFUSED, ids=shortened)
    def test_invoice_body_that_only_descriptions_refuse_is_refused(self, member):
        assert not is_accepted(InvoiceBody, PATIENT | member)
        assert allowed("InvoiceBody", PATIENT | member)

    @pytest.mark.parametrize(
        ("name", "kind", "update", "body"),
        [
            ("PatientBody", PatientBody, False, {"given_name": "Ada"}),
            ("PatientBody", PatientBody, False, {"family_name": "N", "language": "pt-BR"}),
            ("PatientBody", PatientBody, False, {"family_name": "N", "language": "Portuguese!"}),
            ("PatientBody", PatientBody, False, {"family_name": "N", "birth_date": None}),
            ("PatientBody", PatientBody, False, {"family_name": "N", "email": "ada@example.org"}),
            ("PatientBody", PatientBody, True, {}),
            ("PatientBody", PatientBody, True, {"active": "yes"}),
            ("AppointmentBody", AppointmentBody, False, {"patient_id": NOBODY}),
            ("AppointmentBody", AppointmentBody, False, {"patient_id": NOBODY, "starts_at": "2026-06-01T09:00:00Z"}),
            ("AppointmentUpdateBody", AppointmentBody, True, {"patient_id": NOBODY}),
            ("AppointmentUpdateBody", AppointmentBody, True, {"starts_at": "2026-06-01T09:00:00Z"}),
            ("MoneyInBody", MoneyInBody, False, {"amount": 0, "method": "cash"}),
            ("MoneyInBody", MoneyInBody, False, {"amount": "0.00", "method": "cash"}),
            ("MoneyInBody", MoneyInBody, False, {"amount": 0.01, "method": "cash"}),
            ("MoneyInBody", MoneyInBody, False, {"amount": 1, "method": "barter"}),
            ("MoneyInBody", MoneyInBody, False, {"amount": 1, "method": "cash", "tendered": None}),
            ("CreditNoteBody", CreditNoteBody, False, {"reason": ""}),
            ("CreditNoteBody", CreditNoteBody, False, {"reason": "x", "items": [{"id": NOBODY, "quantity": 1}]}),
            ("TagBody", TagBody, False, {"name": "a,b"}),
            ("TagBody", TagBody, False, {"name": "Recall"}),
            ("TagUpdateBody", TagBody, True, {}),
        ],
    )  # fmt: skip
    def test_other_bodies_are_valid_in_the_schema_and_in_the_api_alike(self, name, kind, update, body):
        assert allowed(name, body) is is_accepted(kind, body, update=update)

    def test_body_names_the_members_of_the_answer_as_read_only(self):
        body, answer = (schema()["components"]["schemas"][name]["properties"] for name in ("InvoiceBody", "Invoice"))

        assert {name for name, member in body.items() if member.get("readOnly")} == set(answer) - set(
            InvoiceBody().fields
        )
        assert {name: member for name, member in body.items() if member.pop("readOnly", False)} == {
            name: member for name, member in answer.items() if name not in InvoiceBody().fields
        }


class TestTypesOfClients:
    """The schema has only what becomes a plain type in a generated client."""

    def test_no_value_has_one_type_of_several(self):
        nullable = [{"type": "null"}]
        unions = [
            where
            for where, part in parts(schema())
            if {"oneOf", "allOf", "not", "multipleOf", "const"} & part.keys()
            or [kind for kind in part.get("anyOf", nullable) if kind not in nullable and "$ref" not in kind]
            or len(part.get("anyOf", [])) > 2
        ]

        assert unions == []

    def test_every_number_is_a_double(self):
        numbers = [part for _, part in parts(schema()) if "number" in part.get("type", [])]

        assert len(numbers) > 40
        assert [number for number in numbers if number.get("format") != "double"] == []

    def test_every_status_is_the_one_enum(self):
        with_statuses = [where for where, part in parts(schema()) if "PARTIALY_PAID" in part.get("enum", [])]

        assert with_statuses == ["/components/schemas/InvoiceStatus"]

    def test_type_of_every_problem_is_its_code(self):
        members = schema()["components"]["schemas"]["Problem"]["properties"]

        assert {"allowed", "room", "scope", "differs"} <= set(members)
        for _, examples in error_responses():
            for code, example in examples.items():
                assert example["value"]["type"] == f"urn:problem:{code}"


def parts(document, where=""):
    """Yield every object of the document and where it is, but for examples."""
    if isinstance(document, dict):
        yield where, document
        for key, member in document.items():
            if key != "examples":
                yield from parts(member, f"{where}/{key}")
    elif isinstance(document, list):
        for index, member in enumerate(document):
            yield from parts(member, f"{where}/{index}")
