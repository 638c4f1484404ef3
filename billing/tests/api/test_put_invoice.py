"""PUT /invoice/{id}: what may change when; a repeated value is never a change."""

import pytest

from billing.models import Invoice, InvoiceItem, Payment
from billing.tests.api.bodies import NOBODY, kinds, the_books, visit
from billing.tests.api.put_invoice import put
from billing.tests.factories import InvoiceFactory, ServiceFactory, item
from clinic.testing import codes_of
from patients.tests.factories import AppointmentFactory, PatientFactory


class TestAnyInvoice:
    def test_put_needs_the_patient_in_the_body(self, client):
        answer = client.put(f"/invoice/{InvoiceFactory().pk}", {})

        assert answer.status_code == 400
        assert codes_of(answer) == {"/patient_id": "required"}

    def test_put_keeps_omitted_fields(self, client):
        invoice = InvoiceFactory(notes="Thank you", tags=["VIP"], discount_percent=10)

        answer = put(client, invoice, {})

        assert answer.status_code == 200
        assert (answer.json()["notes"], answer.json()["tags"]) == ("Thank you", ["VIP"])
        assert (answer.json()["total_amount"], kinds(invoice)) == (90, ["created"])

    def test_put_of_an_unknown_invoice_returns_404_before_the_body_is_read(self, client):
        assert client.put(f"/invoice/{NOBODY}", b"{").status_code == 404

    @pytest.mark.parametrize("state", ["issued", "part_paid", "paid", "void", "written_off"])
    def test_put_may_change_tags_and_notes_after_the_issue(self, client, state):
        invoice = InvoiceFactory(**{state: True}, tags=["VIP"])

        answer = put(client, invoice, {"tags": ["vip", "Recall"], "notes": "Thank you"})

        assert answer.status_code == 200
        assert (answer.json()["tags"], answer.json()["notes"]) == (["Recall", "VIP"], "Thank you")
        assert kinds(invoice)[-1] == "updated"

    def test_put_may_remove_all_tags(self, client):
        invoice = InvoiceFactory(tags=["VIP"])

        assert put(client, invoice, {"tags": []}).json()["tags"] == []
        assert kinds(invoice)[-1] == "tagged"


class TestDraft:
    def test_draft_may_change_every_field(self, client):
        invoice, patient = InvoiceFactory(), PatientFactory()
        appointment = AppointmentFactory(patient=patient)
        body = {"patient_id": str(patient.pk), "appointment_id": str(appointment.pk), "items": [visit(50)]}
        body |= {"issue_date": "2026-06-01T00:00:00.000000+00:00", "due_date": "2026-06-20T00:00:00.000000+00:00"}
        body |= {"discount_amount": 5, "discount_percent": 10, "bill_to": {"name": "Insurer", "address": "PO Box 1"}}

        answer = client.put(f"/invoice/{invoice.pk}", body)

        assert answer.status_code == 200
        changed = answer.json()
        assert {name: changed[name] for name in body if name != "items"} == {
            name: value for name, value in body.items() if name != "items"
        }
        assert changed["total_amount"] == 40
        assert client.get(f"/invoice/{invoice.pk}").json() == changed

    def test_draft_without_bill_to_has_its_patient_as_payer(self, client):
        invoice = InvoiceFactory(patient=PatientFactory(given_name="Ana", family_name="Ruiz"))
        put(client, invoice, {"bill_to": {"name": "Insurer"}})

        answer = put(client, invoice, {"bill_to": {"name": ""}})

        assert answer.json()["bill_to"] is None
        assert answer.json()["payer"]["name"] == "Ana Ruiz"

    def test_draft_sent_back_keeps_following_its_patient(self, client):
        patient, right = PatientFactory(family_name="Alt", address="Old street 1"), PatientFactory(family_name="Right")
        invoice = InvoiceFactory(patient=patient)
        read = client.get(f"/invoice/{invoice.pk}").json()
        patient.change(family_name="Neu", address="New street 2")

        changed = client.put(f"/invoice/{invoice.pk}", {**read, "notes": "One word more"}).json()
        moved = client.put(f"/invoice/{invoice.pk}", {**read, "patient_id": right.pk}).json()

        assert changed["payer"] == {"name": patient.full_name, "address": "New street 2"}
        assert (moved["bill_to"], moved["payer"]["name"]) == (None, right.full_name)

    def test_null_takes_the_appointment_off_a_draft(self, client):
        patient, right = PatientFactory(), PatientFactory()
        invoice = InvoiceFactory(patient=patient, appointment=AppointmentFactory(patient=patient))

        refused = client.put(f"/invoice/{invoice.pk}", {"patient_id": right.pk})
        moved = client.put(f"/invoice/{invoice.pk}", {"patient_id": right.pk, "appointment_id": None})

        assert refused.json()["code"] == "appointment_of_other_patient"
        assert (moved.status_code, moved.json()["appointment_id"]) == (200, None)
        assert client.get(f"/invoice/{invoice.pk}").json() == moved.json()

    def test_null_leaves_the_appointment_of_an_issued_invoice(self, client):
        patient = PatientFactory()
        appointment = AppointmentFactory(patient=patient)
        invoice = InvoiceFactory(patient=patient, appointment=appointment, issued=True)

        answer = put(client, invoice, {"appointment_id": None})

        assert (answer.status_code, answer.json()["appointment_id"]) == (200, str(appointment.pk))

    def test_currency_of_the_clinic_may_be_sent_and_no_other(self, client):
        invoice = InvoiceFactory()

        assert put(client, invoice, {"currency": "EUR"}).status_code == 200
        for currency in ("USD", "eur", "", 978):
            answer = put(client, invoice, {"currency": currency})
            assert (answer.status_code, list(codes_of(answer))) == (400, ["/currency"])

    def test_draft_with_a_deposit_keeps_its_patient(self, client):
        invoice = InvoiceFactory(deposit="40.00")

        answer = client.put(f"/invoice/{invoice.pk}", {"patient_id": PatientFactory().pk})

        assert answer.status_code == 409
        assert codes_of(answer) == {"/patient_id": "deposit_held"}

    def test_draft_with_a_total_below_its_deposit_is_refused(self, client):
        invoice = InvoiceFactory(deposit="40.00")

        answer = put(client, invoice, {"items": [visit("39.99")]})

        assert answer.status_code == 409
        assert answer.json()["code"] == "total_below_paid"

    def test_draft_is_not_moved_to_an_unknown_patient(self, client):
        answer = client.put(f"/invoice/{InvoiceFactory().pk}", {"patient_id": NOBODY})

        assert answer.status_code == 400
        assert codes_of(answer) == {"/patient_id": "unknown_patient"}


class TestItems:
    @pytest.fixture
    def invoice(self, db):
        return InvoiceFactory(items=[item(price, description=name) for name, price in [("A", 1), ("B", 2), ("C", 3)]])

    def keys(self, invoice):
        return [str(line.pk) for line in InvoiceItem.objects.filter(invoice=invoice).order_by("position")]

    def test_items_are_matched_by_id_added_removed_and_ordered(self, client, invoice):
        a, b, c = self.keys(invoice)

        answer = put(client, invoice, {"items": [{"id": c, "quantity": 2}, visit(10, description="New"), {"id": a}]})

        kept = [(line["id"], line["description"], line["line_total"]) for line in answer.json()["items"]]
        assert kept[0] == (c, "C", 6)
        assert kept[1][1:] == ("New", 10)
        assert kept[2] == (a, "A", 1)
        assert not InvoiceItem.objects.filter(pk=b).exists()
        assert answer.json()["total_amount"] == 17

    def test_items_are_cleared_by_an_empty_list(self, client, invoice):
        answer = put(client, invoice, {"items": []})

        assert answer.json()["items"] == []
        assert answer.json()["total_amount"] == 0

    def test_items_without_ids_but_equal_content_are_unchanged(self, client, invoice):
        before = self.keys(invoice)

        put(
            client,
            invoice,
            {"items": [{"name": name, "price": price} for name, price in [("A", 1), ("B", 2), ("C", "3.00")]]},
        )

        assert self.keys(invoice) == before
        assert kinds(invoice) == ["created"]

    def test_items_of_another_invoice_are_refused(self, client, invoice):
        foreign = self.keys(InvoiceFactory())[0]

        answer = put(client, invoice, {"items": [{"id": foreign}]})

        assert answer.status_code == 400
        assert codes_of(answer) == {"/items/0/id": "unknown_item"}

    def test_items_with_the_same_id_are_refused(self, client, invoice):
        first = self.keys(invoice)[0]

        assert codes_of(put(client, invoice, {"items": [{"id": first}, {"id": first}]})) == {
            "/items/1/id": "repeated_item"
        }

    def test_items_may_lose_their_service_and_get_one(self, client):
        service = ServiceFactory()
        invoice = InvoiceFactory(items=[item(service=service)])
        key = self.keys(invoice)[0]

        without = put(client, invoice, {"items": [{"id": key, "service_id": None}]}).json()["items"][0]
        again = put(client, invoice, {"items": [{"id": key, "service_id": service.pk}]}).json()["items"][0]

        assert (without["service_id"], again["service_id"]) == (None, str(service.pk))


class TestFrozenField:
    FROZEN = {
        "items": [visit(1)],
        "discount_amount": 1,
        "discount_percent": 1,
        "issue_date": "2020-01-01",
        "bill_to": {"name": "Insurer"},
    }

    @pytest.mark.parametrize("state", ["issued", "part_paid", "paid", "void", "written_off"])
    def test_frozen_fields_return_409_with_a_pointer_to_each(self, client, state):
        invoice = InvoiceFactory(**{state: True})
        body = self.FROZEN | {"patient_id": PatientFactory().pk}
        before = the_books()

        answer = client.put(f"/invoice/{invoice.pk}", body)

        assert answer.status_code == 409
        assert answer.json()["code"] == "invoice_immutable"
        assert codes_of(answer).keys() == {f"/{name}" for name in body}
        assert the_books() == before

    @pytest.mark.parametrize("state", ["issued", "part_paid"])
    def test_due_date_of_an_open_invoice_may_change(self, client, state):
        invoice = InvoiceFactory(**{state: True})

        answer = put(client, invoice, {"due_date": "2030-01-01"})

        assert answer.status_code == 200
        assert answer.json()["due_date"] == "2030-01-01T00:00:00.000000+00:00"
        assert kinds(invoice)[-1] == "updated"

    @pytest.mark.parametrize("state", ["paid", "void", "written_off"])
    def test_due_date_of_a_settled_invoice_is_frozen(self, client, state):
        answer = put(client, InvoiceFactory(**{state: True}), {"due_date": "2030-01-01"})

        assert answer.status_code == 409
        assert codes_of(answer) == {"/due_date": "invoice_immutable"}

    def test_refused_change_leaves_other_fields_unchanged(self, client):
        invoice = InvoiceFactory(issued=True)

        answer = put(client, invoice, {"notes": "Thank you", "discount_amount": 1})

        assert answer.status_code == 409
        assert Invoice.objects.get(pk=invoice.pk).notes == ""


class TestPaidAmount:
    def test_raised_paid_amount_records_a_payment_of_the_difference(self, client):
        invoice = InvoiceFactory(issued=True, total="154.99")

        partly = put(client, invoice, {"paid_amount": 100})
        wholly = put(client, invoice, {"paid_amount": "154.99"})

        assert (partly.json()["status"], partly.json()["remaining_amount"]) == ("PARTIALY_PAID", 54.99)
        assert (wholly.json()["status"], wholly.json()["remaining_amount"]) == ("PAID", 0)
        assert sorted(map(str, Payment.objects.values_list("amount", flat=True))) == ["100.00", "54.99"]
        assert set(Payment.objects.values_list("method", flat=True)) == {"unspecified"}

    @pytest.mark.parametrize(
        ("state", "paid_amount", "status", "code"),
        [
            ("part_paid", 39.99, 409, "paid_amount_below_ledger"),
            ("part_paid", 100.01, 400, "paid_amount_above_total"),
            ("paid", 99.99, 409, "paid_amount_below_ledger"),
            ("written_off", 10, 409, "invoice_immutable"),
            ("void", 10, 409, "invoice_immutable"),
        ],
    )
    def test_impossible_paid_amount_is_refused(self, client, state, paid_amount, status, code):
        invoice = InvoiceFactory(**{state: True})
        before = the_books()

        answer = put(client, invoice, {"paid_amount": paid_amount})

        assert answer.status_code == status
        assert codes_of(answer) == {"/paid_amount": code}
        assert the_books() == before

    def test_lowered_paid_amount_is_raised_with_if_match_only(self, client):
        invoice = InvoiceFactory(refunded="30.00")
        version = f'"{invoice.version}"'

        blind = put(client, invoice, {"paid_amount": 100})
        any_version = put(client, invoice, {"paid_amount": 100}, headers={"If-Match": "*"})
        current = put(client, invoice, {"paid_amount": 100}, headers={"If-Match": version})
        stale = put(client, invoice, {"paid_amount": 100}, headers={"If-Match": version})

        assert [each.status_code for each in (blind, any_version, current, stale)] == [409, 409, 200, 412]
        assert codes_of(blind) == {"/paid_amount": "paid_amount_ambiguous"}
        assert "/payments" in blind.json()["detail"]
        assert current.json()["status"] == "PAID"


class TestIfMatch:
    @pytest.mark.parametrize("header", ['"1"', 'W/"1"', '"0", "1"', "*"])
    def test_if_match_accepts_the_version_that_was_read(self, client, header):
        answer = put(client, InvoiceFactory(), {"notes": "Thank you"}, headers={"If-Match": header})

        assert answer.status_code == 200
        assert answer.headers["ETag"] == '"2"'

    @pytest.mark.parametrize("header", ["1", "", "nonsense", '"1', '"1" "2"', "W/1", "'1'"])
    def test_malformed_if_match_is_answered_with_an_example_of_an_etag(self, client, header):
        invoice = InvoiceFactory()

        answer = put(client, invoice, {"notes": "Thank you"}, headers={"If-Match": header})

        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_if_match")
        assert 'such as "7"' in answer.json()["detail"]
        assert kinds(invoice) == ["created"]

    @pytest.mark.parametrize("header", ['"0"', '"2"', '""'])
    def test_if_match_refuses_any_other_version(self, client, header):
        invoice = InvoiceFactory()

        answer = put(client, invoice, {"notes": "Thank you"}, headers={"If-Match": header})

        assert answer.status_code == 412
        assert answer.json()["code"] == "stale_version"
        assert kinds(invoice) == ["created"]

    def test_if_match_is_checked_before_the_body(self, client):
        invoice = InvoiceFactory()

        assert client.put(f"/invoice/{invoice.pk}", b"{", headers={"If-Match": '"9"'}).status_code == 412
        assert client.put(f"/invoice/{NOBODY}", b"{", headers={"If-Match": '"9"'}).status_code == 404

    def test_if_match_guards_actions_too(self, client):
        invoice = InvoiceFactory()

        assert client.post(f"/invoice/{invoice.pk}/issue", headers={"If-Match": '"9"'}).status_code == 412
        assert client.post(f"/invoice/{invoice.pk}/issue", headers={"If-Match": '"1"'}).status_code == 200

    @pytest.mark.postgres
    def test_put_locks_the_account_before_the_invoice(self, client, statements):
        invoice = InvoiceFactory()

        with statements() as counted:
            put(client, invoice, {"notes": "Thank you"}, headers={"If-Match": '"1"'})

        locks = [sql for sql in counted.sql if "FOR NO KEY UPDATE" in sql]
        assert [sql.split('"')[1] for sql in locks] == ["patients_patient", "billing_invoice"]


class TestStatements:
    @pytest.mark.parametrize("number", [1, 50])
    def test_new_due_date_takes_the_same_statements_for_any_number_of_items(self, client, statements, number):
        invoice = InvoiceFactory(issued=True, items=[item()] * number)

        with statements() as counted:
            answer = put(client, invoice, {"due_date": "2030-01-01"})

        assert answer.status_code == 200
        # the token; the invoice under its lock, the patient, the invoice again, the event
        assert counted.number == 5, counted.sql

    @pytest.mark.parametrize("number", [1, 50])
    def test_new_items_take_the_same_statements_for_any_number(self, client, statements, number):
        invoice = InvoiceFactory(items=[item()] * number)
        body = client.get(f"/invoice/{invoice.pk}").json()
        body["items"] = [line | {"quantity": 2} for line in body["items"][1:]] + [visit() for _ in range(number)]

        with statements() as counted:
            answer = put(client, invoice, {"items": body["items"]})

        assert answer.status_code == 200
        expected = 11 if number > 1 else 10  # with one item, none is left to be changed
        assert counted.number == expected, counted.sql
