"""A patient's login: their own invoices, payments, appointments and record, to read; everything else is not there."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from billing.operations.issuing import issue
from billing.tests.factories import InvoiceFactory, PaymentFactory, ServiceFactory, TagFactory
from billing.tests.rights.routes import NOBODY
from patients.models import Patient
from patients.tests.factories import AppointmentFactory, PatientFactory

pytestmark = pytest.mark.neutral


@pytest.fixture
def patient(db):
    return PatientFactory(login=User.objects.create_user("ana"))


@pytest.fixture
def me(api, patient):
    """The patient's client."""
    return api(patient.login)


def ids(answer):
    assert answer.status_code == 200
    return {row["id"] for row in answer.json()["data"]}


def without_traces(answer):
    """A problem but for what names the request."""
    return answer.status_code, {
        name: value for name, value in answer.json().items() if name not in {"instance", "request_id"}
    }


class TestInvoices:
    def test_patient_reads_their_own_invoices(self, me, patient):
        own = InvoiceFactory(patient=patient, issued=True)
        InvoiceFactory(issued=True)

        assert ids(me.get("/invoice/")) == {str(own.pk)}
        assert me.get(f"/invoice/{own.pk}").json()["id"] == str(own.pk)

    def test_patient_reads_invoices_of_merged_patients(self, me, patient):
        twin = PatientFactory(merged=True, merged__into=patient)
        invoice = InvoiceFactory(patient=twin, issued=True)

        assert ids(me.get("/invoice/")) == {str(invoice.pk)}

    def test_merged_patient_reads_invoices_of_the_surviving_one(self, me, patient):
        survivor = PatientFactory()
        PatientFactory(merged=True, merged__into=survivor)
        invoice = InvoiceFactory(patient=survivor, issued=True)
        before = ids(me.get("/invoice/"))

        Patient.objects.filter(pk=patient.pk).update(merged_into=survivor, merged_at=patient.created_at)

        assert before == set()
        assert ids(me.get("/invoice/")) == {str(invoice.pk)}

    @pytest.mark.parametrize("state", ["issued", "part_paid", "paid", "void", "written_off", "credited"])
    def test_patient_reads_void_invoices_that_were_issued(self, me, patient, state):
        invoice = InvoiceFactory(patient=patient, **{state: True})

        assert ids(me.get("/invoice/")) == {str(invoice.pk)}

    @pytest.mark.parametrize("state", [{}, {"deposit": True}, {"void": True, "issued": False}])
    def test_patient_reads_no_drafts(self, me, patient, state):
        invoice = InvoiceFactory(patient=patient, **state)

        assert ids(me.get("/invoice/")) == set()
        assert me.get(f"/invoice/{invoice.pk}").status_code == 404

    def test_invoices_of_a_patient_have_no_internal_fields(self, me, patient):
        invoice = InvoiceFactory(patient=patient, corrected=True, tags=["Slow payer"], internal_note="Rude")

        for shown in (me.get("/invoice/").json()["data"][0], me.get(f"/invoice/{invoice.pk}").json()):
            assert {"tags", "internal_note", "corrected_by_id"}.isdisjoint(shown)
            assert {"status", "total_amount", "reg_number", "items", "notes"} <= set(shown)

    @pytest.mark.parametrize("parameter", ["tags", "tags_all"])
    def test_patient_cannot_filter_by_tags(self, me, patient, parameter):
        InvoiceFactory(patient=patient, issued=True, tags=["Slow payer"])

        answer = me.get("/invoice/", **{parameter: "Slow payer"})

        assert answer.status_code == 400
        assert answer.json()["errors"][0]["code"] == "unknown_parameter"

    def test_patient_finds_no_invoice_of_another_patient_by_any_filter(self, me):
        other = InvoiceFactory(issued=True)

        assert ids(me.get("/invoice/", patient_id=other.patient_id)) == set()
        assert ids(me.get("/invoice/", search=other.reg_number)) == set()


class TestDocumentsOfInvoice:
    @pytest.mark.parametrize("what", ["payments", "refunds", "credit-notes"])
    def test_documents_of_an_invoice_have_no_author(self, me, patient, what):
        invoice = InvoiceFactory(patient=patient, paid=True, refunded="10.00", credited=True)

        rows = me.get(f"/invoice/{invoice.pk}/{what}").json()["data"]

        assert rows
        assert all({"created_by", "reason"}.isdisjoint(row) for row in rows)

    def test_patient_reads_no_history_of_an_invoice(self, me, patient):
        own = InvoiceFactory(patient=patient, issued=True)

        history, unknown = me.get(f"/invoice/{own.pk}/events"), me.get(f"/invoice/{NOBODY}/events")

        assert history.status_code == 404
        assert without_traces(history) == without_traces(unknown)


class TestOtherRecords:
    @pytest.mark.parametrize(
        ("path", "theirs"),
        [
            ("/invoice/{}", lambda: InvoiceFactory(issued=True)),
            ("/invoice/{}/payments", lambda: InvoiceFactory(paid=True)),
            ("/invoice/{}/refunds", lambda: InvoiceFactory(refunded=True)),
            ("/invoice/{}/credit-notes", lambda: InvoiceFactory(credited=True)),
            ("/invoice/{}/events", lambda: InvoiceFactory(issued=True)),
            ("/payment/{}", PaymentFactory),
            ("/patient/{}", PatientFactory),
            ("/appointment/{}", AppointmentFactory),
            ("/service/{}", ServiceFactory),
            ("/tag/{}", TagFactory),
        ],
    )
    def test_record_of_another_patient_is_like_an_unknown_one(self, me, path, theirs):
        answer = me.get(path.format(theirs().pk))

        assert answer.status_code == 404
        assert without_traces(answer) == without_traces(me.get(path.format(NOBODY)))
        assert without_traces(answer) == without_traces(me.get(path.format("no-id")))

    @pytest.mark.parametrize("path", ["/service/", "/tag/"])
    def test_lists_that_are_not_theirs_are_not_found(self, me, path):
        assert me.get(path).status_code == 404


class TestPaymentsAndAppointments:
    def test_patient_reads_their_own_payments_and_appointments(self, me, patient):
        payment, appointment = PaymentFactory(patient=patient), AppointmentFactory(patient=patient)
        PaymentFactory()
        AppointmentFactory()

        assert ids(me.get("/payment/")) == {str(payment.pk)}
        assert ids(me.get("/appointment/")) == {str(appointment.pk)}
        assert me.get(f"/payment/{payment.pk}").status_code == 200
        assert me.get(f"/appointment/{appointment.pk}").status_code == 200

    def test_payments_of_a_patient_name_no_draft(self, me, patient):
        invoice = InvoiceFactory(patient=patient, deposit="40.00")
        payment_id = ids(me.get("/payment/")).pop()

        assert me.get(f"/payment/{payment_id}").json()["allocations"] == []

        issue(invoice, by=User.objects.get(username="desk"), at=invoice.created_at + timedelta(minutes=1))
        assert me.get(f"/payment/{payment_id}").json()["allocations"][0]["amount"] == 40

    def test_payments_of_a_patient_have_no_author(self, me, patient):
        PaymentFactory(patient=patient, reversed=True)

        rows = me.get("/payment/").json()["data"]

        assert len(rows) == 2
        assert all({"created_by", "reason"}.isdisjoint(row) for row in rows)


class TestRecord:
    def test_patient_reads_their_own_record_only(self, me, patient):
        PatientFactory()

        assert ids(me.get("/patient/")) == {str(patient.pk)}
        assert me.get(f"/patient/{patient.pk}").json()["full_name"] == patient.full_name


class TestWriting:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "/invoice/"),
            ("PUT", "/invoice/{invoice}"),
            ("PATCH", "/invoice/{invoice}"),
            ("POST", "/invoice/{invoice}/payments"),
            ("POST", "/invoice/{invoice}/void"),
            ("POST", "/payment/"),
            ("PUT", "/patient/{patient}"),
            ("POST", "/appointment/"),
            ("PUT", f"/invoice/{NOBODY}"),
        ],
    )
    def test_patient_may_not_write_even_their_own_records(self, me, patient, method, path):
        invoice = InvoiceFactory(patient=patient, issued=True)

        answer = me.send(method, path.format(invoice=invoice.pk, patient=patient.pk), {"patient_id": patient.pk})

        assert answer.status_code == 403
        assert answer.json()["code"] == "permission_denied"


class TestLogin:
    def test_staff_who_are_patients_too_have_the_permissions_of_staff(self, api, clerk):
        PatientFactory(login=clerk)
        invoice = InvoiceFactory(issued=True)

        assert ids(api(clerk).get("/invoice/")) == {str(invoice.pk)}

    def test_login_ends_with_its_link_to_the_patient(self, me, patient):
        patient.login = None
        patient.save()

        assert me.get("/invoice/").status_code == 403

    def test_patient_may_not_log_in_to_the_admin(self, client, patient):
        client.force_login(patient.login)

        assert client.get("/admin/billing/invoice/").status_code == 302
