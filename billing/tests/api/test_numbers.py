"""Numbers in bodies and answers: money leaves as numbers with exact cents, and is read as such."""

import json

import pytest

from billing.models import Invoice
from billing.tests.api.bodies import visit
from clinic.testing import codes_of
from patients.tests.factories import PatientFactory


class TestNumbers:
    def test_numbers_are_returned_as_json_numbers_with_exact_cents(self, client):
        body = {"patient_id": PatientFactory().pk, "items": [visit(199.99)], "discount_percent": 12.5}
        body["discount_amount"] = "20.00"

        text = client.post("/invoice/", body).content.decode()

        assert '"total_amount":154.99' in text
        assert '"discount_amount":20.0' in text
        assert '"discount_total":45.0' in text
        assert "-0.0" not in text

    @pytest.mark.parametrize(
        ("sent", "stored"),
        [
            ("0.30000000000000004", 0.30),  # binary noise
            ("0.1", 0.1),
            ('"12.34"', 12.34),
            ("-0", 0),
            ("-0.0", 0),
            ("1e2", 100),
            ("100.000", 100),
        ],
    )
    def test_numbers_are_accepted_as_numbers_or_numeric_strings(self, client, sent, stored):
        body = f'{{"patient_id": "{PatientFactory().pk}", "items": [{{"description": "x", "unit_price": 1000}}],'
        body += f'"discount_amount": {sent}}}'

        answer = client.post("/invoice/", body.encode())

        assert answer.status_code == 201
        assert answer.json()["discount_amount"] == stored
        assert "-0" not in str(answer.json()["discount_amount"])

    @pytest.mark.parametrize(
        "sent",
        """0.301 "0.301" -0.01 1e400 NaN Infinity true null "1_000" "１" "1\\n" "" [] 10000000000 9999999999.991 "1e3"
        -1e99 0x10 1.""".split(),
    )
    def test_invalid_amounts_are_refused(self, client, sent):
        body = f'{{"patient_id": "{PatientFactory().pk}", "discount_amount": {sent}}}'

        answer = client.post("/invoice/", body.encode())

        assert answer.status_code == 400
        assert Invoice.objects.count() == 0

    def test_largest_amount_is_accepted(self, client):
        body = {"patient_id": PatientFactory().pk, "items": [visit("9999999999.99")]}

        answer = client.post("/invoice/", body)

        assert answer.status_code == 201
        assert json.loads(answer.content)["total_amount"] == 9_999_999_999.99

    @pytest.mark.parametrize(
        "items",
        [
            [visit("9999999999.99"), visit("0.01")],
            [visit("9999999999.99", quantity=2)],
            [visit("9999999999.99", tax_rate=1)],
            [visit("9999999999.99", quantity="999999.999", tax_rate=100)] * 500,
        ],
    )
    def test_computed_amount_above_the_largest_one_is_refused(self, client, items):
        answer = client.post("/invoice/", {"patient_id": PatientFactory().pk, "items": items})

        assert answer.status_code == 400
        assert "amount_too_large" in codes_of(answer).values()
        assert Invoice.objects.count() == 0

    @pytest.mark.parametrize("percent", [-1, 100.0001, 12.50001, "101"])
    def test_percentages_are_0_to_100_with_4_decimals(self, client, percent):
        answer = client.post("/invoice/", {"patient_id": PatientFactory().pk, "discount_percent": percent})

        assert answer.status_code == 400
        assert list(codes_of(answer)) == ["/discount_percent"]

    @pytest.mark.parametrize("quantity", [0, -1, "0.0001", 1_000_000, "999999.9999"])
    def test_quantities_are_above_0_with_3_decimals(self, client, quantity):
        answer = client.post("/invoice/", {"patient_id": PatientFactory().pk, "items": [visit(quantity=quantity)]})

        assert answer.status_code == 400
        assert list(codes_of(answer)) == ["/items/0/quantity"]
