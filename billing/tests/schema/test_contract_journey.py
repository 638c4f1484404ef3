"""Responses of all operations match their declared schemas, compared both ways."""

import pytest

from billing.models import Invoice
from billing.tests.factories import InvoiceFactory, PaymentFactory, ServiceFactory
from billing.tests.schema.contract_journey import run_journey
from clinic.tests.api.schema.validating import faults, operations, resolved, schema
from patients.tests.factories import AppointmentFactory, PatientFactory

pytestmark = pytest.mark.neutral

NOBODY = "0d6a62a1-14e7-4b6c-9fd7-3a1f0fd0a1c4"
# What no answer of the tour holds.
NEVER_SEEN = {"Token", "OAuthError"}


def faults_of(operation, answer):
    """Return the differences between a response and the operation's declaration."""
    declared = operation["responses"].get(str(answer.status_code))
    if declared is None:
        return [f"{answer.status_code} is not declared: {answer.content[:300]}"]
    declared = resolved(declared)
    [(media_type, content)] = declared["content"].items()
    found = [] if answer.headers["Content-Type"] == media_type else [f"{answer.headers['Content-Type']}"]
    found += [
        f"no {name}" for name, header in declared["headers"].items()
        if resolved(header).get("required") and name not in answer.headers
    ]  # fmt: skip
    return found + faults(content["schema"], answer.json(), closed=True)


def seen_in(fragment, value, seen):
    """Note of every member of a value, by its component, whether it was null and whether it was not."""
    name = fragment.get("$ref", "").rpartition("/")[2]
    declared = resolved(fragment)
    for kind in declared.get("anyOf", []):
        seen_in(kind, value, seen)
    if isinstance(value, list):
        for entry in value:
            seen_in(declared.get("items", {}), entry, seen)
    elif isinstance(value, dict):
        for member, kind in declared.get("properties", {}).items():
            if member in value:
                seen.setdefault((name, member), set()).add("null" if value[member] is None else "value")
                seen_in(kind, value[member], seen)


def declared():
    """Every member of every shape of an answer, with what it can be."""
    reached, open_ends = set(), []
    for *_, operation in operations():
        open_ends += [
            content["schema"]
            for status, answer in operation["responses"].items()
            if status < "300"
            for content in resolved(answer).get("content", {}).values()
        ]
    while open_ends:
        fragment = open_ends.pop()
        name = fragment.get("$ref", "").rpartition("/")[2]
        declared = resolved(fragment)
        open_ends += [*declared.get("anyOf", []), *([declared["items"]] if "items" in declared else [])]
        if name in reached:
            continue
        reached |= {name} - {""}
        open_ends += declared.get("properties", {}).values()
    shapes = {name: schema()["components"]["schemas"][name] for name in reached - NEVER_SEEN}
    return {
        (name, member): {"value", *(["null"] if _can_be_null(kind) else [])}
        for name, shape in shapes.items()
        for member, kind in shape.get("properties", {}).items()
    }


def _can_be_null(kind):
    return "null" in kind.get("type", []) or {"type": "null"} in kind.get("anyOf", [])


@pytest.fixture
def boss(api, supervisor):
    """A client that may do everything."""
    return api(supervisor)


class TestContractJourney:
    @pytest.mark.slow
    def test_journey_calls_every_operation_and_each_answers_as_declared(self, boss):
        met, wrong = set(), []

        for stop in run_journey(boss):
            name = stop.operation["operationId"]
            met.add(name)
            wrong += [f"{name} {stop.example}: {fault}" for fault in faults_of(stop.operation, stop.answer)]
            if stop.answer.status_code >= 300:
                wrong.append(f"{name} {stop.example}: {stop.answer.content}")

        assert wrong == []
        assert met == {operation["operationId"] for _, path, operation in operations() if not path.startswith("/o/")}

    @pytest.mark.slow
    def test_journey_sees_every_declared_member_with_a_value_and_null_where_allowed(self, boss):
        seen = {}
        stops = [(stop.operation, stop.answer) for stop in run_journey(boss)]

        for operation, answer in [*stops, *warned(boss)]:
            content = operation["responses"][str(answer.status_code)]["content"]["application/json"]
            seen_in(content["schema"], answer.json(), seen)

        missing = {member: kinds - seen.get(member, set()) for member, kinds in declared().items()}
        assert {member: kinds for member, kinds in missing.items() if kinds} == {}

    def test_journey_of_a_patient_answers_as_declared_without_internal_members(self, api, outsider):
        patient = PatientFactory(login=outsider)
        invoice = InvoiceFactory(patient=patient, refunded=True, tags=["Recall"])

        for path in (
            "/invoice/",
            f"/invoice/{invoice.pk}",
            f"/invoice/{invoice.pk}/payments",
            "/payment/",
            "/patient/",
        ):
            template = path.replace(str(invoice.pk), "{id}")
            answer = api(outsider).get(path)
            assert answer.status_code == 200
            assert faults_of(schema()["paths"][template]["get"], answer) == []
        assert "tags" not in api(outsider).get(f"/invoice/{invoice.pk}").json()


class TestRefusals:
    def test_refusals_without_a_token_are_as_declared_everywhere(self, db, anonymous):
        for method, path, operation in operations():
            if not path.startswith("/o/"):
                answer = anonymous.send(method, path.replace("{id}", NOBODY), b"")
                assert answer.status_code == 401
                assert faults_of(operation, answer) == []

    def test_refusals_of_unknown_records_are_as_declared_everywhere(self, boss):
        for method, path, operation in operations():
            if "{id}" in path:
                answer = boss.send(method, path.replace("{id}", NOBODY), b"{}")
                assert answer.status_code == 404
                assert faults_of(operation, answer) == []

    @pytest.mark.parametrize(
        ("status", "body", "headers"),
        [
            (400, b"{", {}),
            (400, {"unheard": 1}, {}),
            (400, {}, {"Idempotency-Key": "a" * 256}),
            (406, {}, {"Accept": "text/html"}),
            (415, {}, {"Content-Type": "application/json; charset=latin-1"}),
            (413, b'{"notes": "' + b"a" * 3_000_000 + b'"}', {}),
        ],
    )
    def test_refusals_of_malformed_requests_are_as_declared_everywhere(self, boss, status, body, headers):
        records = {"invoice": InvoiceFactory(), "payment": PaymentFactory(), "service": ServiceFactory()}
        for method, path, operation in operations():
            noun = path.split("/")[1]
            if method == "GET" or noun not in records:
                continue
            kind = headers.get("Content-Type", "application/json")
            sent = {name: value for name, value in headers.items() if name != "Content-Type"}
            answer = boss.send(
                method, path.replace("{id}", str(records[noun].pk)), body, headers=sent, content_type=kind
            )
            assert (path, answer.status_code) == (path, status)
            assert faults_of(operation, answer) == []

    def test_refusals_of_the_books_are_as_declared(self, boss):
        paid, draft = InvoiceFactory(paid=True), Invoice.objects.get(pk=InvoiceFactory().pk)
        asked = [
            ("/invoice/{id}/void", paid, {"reason": "x"}, {}),
            ("/invoice/{id}/write-off", paid, {"reason": "x"}, {}),
            ("/invoice/{id}/issue", draft, {}, {"If-Match": '"99"'}),
            ("/invoice/{id}/payments", paid, {"amount": 1, "method": "cash"}, {}),
            ("/invoice/{id}/refunds", paid, {"amount": 1000, "method": "cash", "reason": "x"}, {}),
        ]

        for path, invoice, body, headers in asked:
            answer = boss.post(path.replace("{id}", str(invoice.pk)), body, headers=headers)
            assert answer.status_code in {409, 412}
            assert faults_of(schema()["paths"][path]["post"], answer) == []

    def test_refusals_of_a_list_are_as_declared(self, boss):
        for method, path, operation in operations():
            if method == "GET" and "{id}" not in path:
                answer = boss.get(path, unheard=1)
                assert answer.status_code == 400
                assert faults_of(operation, answer) == []


def warned(client):
    """Answers with warnings, of every kind of record that can warn."""
    paths = schema()["paths"]
    patient = PatientFactory()
    namesake = {"given_name": patient.given_name, "family_name": patient.family_name, "phone": patient.phone}
    yield paths["/patient/"]["post"], client.post("/patient/", namesake)
    given_up = InvoiceFactory(part_paid=True, written_off=True)
    refund = {"amount": 40, "method": "cash", "reason": "Paid twice"}
    yield paths["/invoice/{id}/refunds"]["post"], client.post(f"/invoice/{given_up.pk}/refunds", refund)
    given_up = InvoiceFactory(part_paid=True, written_off=True)
    payment = given_up.allocations.first().payment
    yield paths["/payment/{id}/reverse"]["post"], client.post(f"/payment/{payment.pk}/reverse", {"reason": "Bounced"})
    billed = InvoiceFactory(appointment=AppointmentFactory(patient=patient), patient=patient).appointment
    cancelled = {"patient_id": str(patient.pk), "starts_at": "2026-06-01T10:00:00Z", "status": "cancelled"}
    yield paths["/appointment/{id}"]["put"], client.put(f"/appointment/{billed.pk}", cancelled)
