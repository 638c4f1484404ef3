"""Every example of /docs/ is accepted by the demo: ids in bodies are those of its records."""

import json

import pytest

from billing.api import examples
from billing.tests.live_server import Books, served
from clinic.tests.api.schema.validating import operations

pytestmark = [pytest.mark.slow, pytest.mark.neutral]

OF_PATIENT = f"/invoice/?patient_id={examples.PATIENT}"
# The list whose first record an example is sent to, by operation and example, or by operation.
LISTS = {
    "update_invoice raise_the_amount_paid": f"{OF_PATIENT}&status=ISSUED&min_remaining=155",
    "update_invoice change_the_items_of_a_draft": f"{OF_PATIENT}&status=DRAFT&min_remaining=1",
    "update_invoice write_a_note": f"{OF_PATIENT}&status=PAID",
    "issue_invoice issue": "/invoice/?status=DRAFT&min_remaining=1",
    "void_invoice unpaid": "/invoice/?status=DRAFT",
    "void_invoice with_money_on_it": "/invoice/?status=PARTIALY_PAID",
    "reinstate_invoice reinstate": "/invoice/?status=WRITTEN_OFF",
    "refund_invoice refund": "/invoice/?status=PAID&order_by=-paid_amount",
    "credit_invoice all_of_it": "/invoice/?status=ISSUED&order_by=total_amount",
    "credit_invoice": "/invoice/?status=ISSUED&order_by=-remaining_amount",
    "correct_invoice correct": "/invoice/?status=ISSUED",
    "write_off_invoice": "/invoice/?status=ISSUED&order_by=-remaining_amount",
    "pay_invoice": "/invoice/?status=ISSUED&order_by=-remaining_amount",
    "update_appointment": f"/appointment/?patient_id={examples.PATIENT}",
    "update_patient": "/patient/?merged=false",
    "merge_patient": "/patient/?merged=false&order_by=-created_at",
    "update_service": "/service/?order_by=-code",
    "update_tag": "/tag/",
}
CREDIT = {"patient_id": examples.PATIENT, "amount": 50, "method": "card", "allocations": [], "excess": "credit"}


@pytest.fixture
def send(tmp_path):
    """`send(method, path, body)`: the status and the JSON of the answer of a demo."""
    with Books(tmp_path, invoices=40) as books, served(books, workers=1) as clinic:
        headers = {"Authorization": f"Bearer {clinic.token('admin')}", "Content-Type": "application/json"}

        def ask(method, path, body=None):
            status, _, answer = clinic.ask(
                method, path, json.dumps(body).encode() if body is not None else b"", headers
            )
            return status, json.loads(answer)

        yield ask


def test_every_example_is_accepted_by_the_demo(send):
    refused, sent = [], 0
    for method, path, operation in operations():
        if method in {"POST", "PUT"} and not path.startswith("/o/"):
            for name, example in operation["requestBody"]["content"]["application/json"]["examples"].items():
                title = f"{operation['operationId']} {name}"
                status, answer = send_example(send, method, path, title, example["value"])
                sent += 1
                if status >= 300:
                    refused.append((title, status, answer["detail"]))

    assert not refused, "\n".join(map(str, refused))
    assert sent > 35


def record_for(send, title):
    """Return the record that an example is sent to."""
    if title.startswith(("allocate_payment", "refund_payment", "reverse_payment")):
        return send("POST", "/payment/", CREDIT)[1]
    _, found = send("GET", LISTS.get(title) or LISTS[title.split()[0]])
    assert found["data"], title
    return found["data"][0]


def send_example(send, method, path, title, body):
    """Send an example as it is, but for the id of an item, which is one of the record's."""
    text = json.dumps(body, default=float)
    if "{id}" in path:
        record = record_for(send, title)
        path = path.replace("{id}", record["id"])
        if "items" in record:
            text = text.replace(examples.ITEM, record["items"][0]["id"])
    return send(method, path, json.loads(text))
