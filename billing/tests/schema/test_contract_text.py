"""The document keeps what the text of the contract promises (docs/invoice-api.txt): routes, names, types, defaults."""

import json
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from clinic.tests.api.schema.validating import allowed, operations, resolved, schema

pytestmark = pytest.mark.neutral

TEXT = (Path(__file__).parents[3] / "docs" / "invoice-api.txt").read_text()
PLACEHOLDER = '"uuid"'
ID = '"0b6b2f0e-6f0a-4d5e-9d0b-1f1f6a1c0001"'


class Section(NamedTuple):
    """A section of the contract: what it is called, its route, its tables and its examples."""

    title: str
    method: str
    path: str
    parameters: dict[str, tuple[str, str]]
    request: dict | None
    status: str
    response: dict


@cache
def sections():
    """The sections of the text that tell of an endpoint."""
    marks = list(re.finditer(r"^(.+)\n.+\nEndpoint\n(\w+) (\S+)$", TEXT, re.MULTILINE))
    ends = [*(mark.start() for mark in marks[1:]), len(TEXT)]
    return [section_of(mark, TEXT[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)]


def section_of(mark, text):
    """One section, read."""
    title, method, path = mark.groups()
    table = text.partition("Query Parameters")[2].partition("Response")[0]
    rows = re.findall(r"^\| (\w+) \| (\w+) \| (\S+) \|", table, re.MULTILINE)
    request = re.search(r"Request Body\n(\{.*?\n\})", text, re.DOTALL)
    status, response = re.search(r"Response \((\d+) [\w ]+\)\n(\{.*?\n\})", text, re.DOTALL).groups()
    parameters = {name: (kind, default) for name, kind, default in rows if name != "Parameter"}
    return Section(title, method, path, parameters, request and example(request[1]), status, example(response))


def example(text):
    """An example of the text, with an id where it says "uuid"."""
    return json.loads(text.replace(PLACEHOLDER, ID))


def operation_of(section):
    """The operation of the document at the section's route."""
    return schema()["paths"][section.path][section.method.lower()]


def kind_of(parameter):
    """The kind of a parameter, as the contract calls it."""
    declared = resolved(parameter["schema"])
    return "uuid" if declared.get("format") == "uuid" else declared["type"]


def members_of(operation, status):
    """The properties of an answer."""
    content = operation["responses"][status]["content"]["application/json"]
    return resolved(content["schema"])["properties"]


every_section = pytest.mark.parametrize("section", sections(), ids=lambda section: section.title)
lists = pytest.mark.parametrize(
    "section", [each for each in sections() if each.parameters], ids=lambda each: each.title
)
writes = pytest.mark.parametrize("section", [each for each in sections() if each.request], ids=lambda each: each.title)
ones = pytest.mark.parametrize("section", [each for each in sections() if not each.parameters], ids=lambda e: e.title)

JSON_KINDS = {str: "string", int: "number", list: "array"}


class TestContractText:
    def test_contract_has_four_endpoints(self):
        assert [(section.method, section.path) for section in sections()] == [
            ("POST", "/invoice/"),
            ("GET", "/invoice/"),
            ("GET", "/invoice/{id}"),
            ("PUT", "/invoice/{id}"),
        ]

    @every_section
    def test_schema_names_the_contract_endpoints_as_the_contract_does(self, section):
        assert operation_of(section)["summary"] == section.title

    @every_section
    def test_schema_secures_the_contract_endpoints_as_the_contract_does(self, section):
        assert "OAuth2PasswordBearer" in TEXT
        assert [list(need) for need in operation_of(section)["security"]] == [["OAuth2PasswordBearer"]]
        assert "password" in schema()["components"]["securitySchemes"]["OAuth2PasswordBearer"]["flows"]

    @lists
    def test_schema_has_the_list_parameters_of_the_contract_with_type_and_default(self, section):
        declared = {parameter["name"]: parameter for parameter in operation_of(section)["parameters"]}

        assert len(section.parameters) == 8
        for name, (kind, default) in section.parameters.items():
            assert declared[name]["in"] == "query"
            assert kind_of(declared[name]) == kind
            stated = declared[name]["schema"].get("default")
            assert str(stated if stated is not None else "null") == default
            assert not declared[name]["required"]

    @lists
    def test_schema_has_the_list_envelope_of_the_contract(self, section):
        assert list(members_of(operation_of(section), section.status)) == list(section.response)

    @ones
    def test_schema_has_every_response_of_the_contract_with_its_members(self, section):
        members = members_of(operation_of(section), section.status)

        for name, value in section.response.items():
            declared = resolved(members[name])
            assert JSON_KINDS[type(value)] in [
                declared["type"],
                *([] if isinstance(declared["type"], str) else declared["type"]),
            ]
        required = resolved(schema()["components"]["schemas"]["Invoice"])["required"]
        assert set(section.response) <= set(required)

    @writes
    def test_schema_accepts_the_example_requests_of_the_contract(self, section):
        body = operation_of(section)["requestBody"]["content"]["application/json"]

        name = body["schema"]["$ref"].rpartition("/")[2]
        with_zone = section.request | {"issue_date": f"{section.request['issue_date']}Z"}
        assert allowed(name, with_zone)
        assert "time zone if none is given" in resolved(body["schema"])["properties"]["issue_date"]["description"]
        assert section.request.keys() <= resolved(body["schema"])["properties"].keys()

    @pytest.mark.parametrize("wrong", [{"patient_id": 7}, {"items": None}, {"status": "OPEN"}, {"paid_amount": -1}])
    def test_schema_refuses_invalid_requests(self, wrong):
        assert not allowed("InvoiceBody", sections()[0].request | wrong)

    def test_schema_has_the_six_statuses(self):
        table = TEXT.partition("Invoice Status")[2].partition("Create Invoice")[0]
        statuses = re.findall(r"^([A-Z_]+) \|", table, re.MULTILINE)

        assert len(statuses) == 6
        assert schema()["components"]["schemas"]["InvoiceStatus"]["enum"] == statuses

    def test_description_is_that_of_the_contract(self):
        assert TEXT.split("\n")[1] in schema()["info"]["description"]

    def test_schema_has_no_other_operations_on_the_contracts_routes(self):
        declared = {(method, path) for method, path, _ in operations() if path in {"/invoice/", "/invoice/{id}"}}

        patch = {("PATCH", "/invoice/{id}")}  # as PUT does, beyond the contract
        assert declared - patch == {(section.method, section.path) for section in sections()}
