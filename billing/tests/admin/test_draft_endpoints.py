"""What the page of a draft asks for while somebody types: what it comes to, and what there is to choose."""

from decimal import Decimal

from billing.models import Invoice
from billing.operations.invoice_input import InvoiceInput
from billing.operations.revision import revise
from billing.tests.admin.draft_requests import FIGURES, choices, lines, typed
from billing.tests.factories import InvoiceFactory, ServiceFactory
from patients.tests.factories import AppointmentFactory, PatientFactory


class TestFigures:
    def test_are_reckoned_by_the_books_and_stored_nowhere(self, desk):
        sent = lines(
            {"description": "Visit", "unit_price": "199.99"},
            {"description": "half", "unit_price": "x"},
            {"unit_price": "1", "quantity": "3"},
        )

        told = desk.post(FIGURES, sent | {"discount_percent": "12.5", "discount_amount": "20"}).json()

        assert told["line_totals"] == {"r0": "199.99", "r1": "", "r2": ""}
        assert told["total"] == "154.99"
        assert "45.00" in told["html"]
        assert not Invoice.objects.exists()

    def test_of_a_draft_count_its_deposit(self, desk):
        draft = InvoiceFactory(deposit="40.00")

        told = desk.post(FIGURES, typed(draft)).json()

        assert "60.00" in told["html"]
        assert told["stale"] == ""

    def test_say_that_a_discount_is_for_a_supervisor(self, desk, client, supervisor):
        sent = lines({"description": "Visit", "unit_price": "100"}) | {"discount_percent": "30"}

        assert "for a supervisor" in desk.post(FIGURES, sent).json()["html"]
        client.force_login(supervisor)
        assert "for a supervisor" not in client.post(FIGURES, sent).json()["html"]

    def test_say_that_somebody_was_faster(self, desk, supervisor):
        draft = InvoiceFactory()
        seen = typed(draft)
        revise(draft, InvoiceInput(fields={"notes": "Theirs"}), by=supervisor, at=draft.created_at)

        assert desk.post(FIGURES, seen).json()["stale"]

    def test_say_that_a_discount_is_more_than_the_whole(self, desk):
        told = desk.post(
            FIGURES, lines({"description": "Visit", "unit_price": "10"}) | {"discount_amount": "11"}
        ).json()

        assert told["total"] == ""
        assert "discount" in told["html"]

    def test_are_for_who_may_see_invoices_and_by_post_alone(self, desk, client, outsider):
        assert desk.get(FIGURES).status_code == 405
        outsider.is_staff = True
        outsider.save()
        client.force_login(outsider)
        assert client.post(FIGURES, {}).status_code == 403


class TestChoices:
    def test_of_services_bring_text_and_price(self, desk):
        ServiceFactory(code="K12", description="Check-up", unit_price=Decimal("80.5000"), tax_rate=Decimal("19.0000"))
        ServiceFactory(code="K13", description="Check-up, long", active=False)

        found = desk.get(choices("services"), {"q": "check"}).json()["choices"]

        assert [choice["text"] for choice in found] == ["Check-up"]
        assert found[0]["fill"] == {
            "code": "K12",
            "description": "Check-up",
            "unit_price": "80.50",
            "tax_rate": "19",
        }

    def test_of_patients_leave_out_who_was_merged(self, desk, supervisor, noon):
        survivor, other = PatientFactory(family_name="Łukasz"), PatientFactory(family_name="Łukasz")
        other.merge_into(survivor, by=supervisor, at=noon)

        found = desk.get(choices("patients"), {"q": "lukasz"}).json()["choices"]

        assert [choice["value"] for choice in found] == [str(survivor.pk)]

    def test_of_appointments_are_the_patients_own(self, desk, patient):
        own = AppointmentFactory(patient=patient)
        AppointmentFactory()

        found = desk.get(choices("appointments"), {"q": patient.pk}).json()["choices"]

        assert [choice["value"] for choice in found] == [str(own.pk)]
        assert desk.get(choices("appointments"), {"q": "x"}).json() == {"choices": []}

    def test_of_an_unknown_kind_are_none(self, desk):
        assert desk.get(choices("secrets")).status_code == 404

    def test_are_for_who_may_see_them(self, client, outsider):
        outsider.is_staff = True
        outsider.save()
        client.force_login(outsider)

        assert client.get(choices("patients"), {"q": "a"}).status_code == 403
