"""Draft editor: new drafts, editing, query counts, conflicts."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from billing.choices import InvoiceStatus
from billing.models import Invoice, InvoiceEvent
from billing.operations.invoice_input import InvoiceInput
from billing.operations.issuing import issue
from billing.operations.revision import revise
from billing.tests.admin.draft_requests import (
    NEW_URL,
    TOTALS_URL,
    draft_data,
    header_data,
    item_data,
    page_url,
    stored_rows,
)
from billing.tests.factories import InvoiceFactory, ServiceFactory, item
from patients.tests.factories import AppointmentFactory, PatientFactory

pytestmark = pytest.mark.neutral


class TestNewDraft:
    def test_draft_is_created_from_free_text_and_price_list_items(self, clerk_client, patient):
        service = ServiceFactory(code="K12", description="Check-up", unit_price=Decimal("80.0000"))
        rows = item_data(
            {"service": service.pk, "description": "Check-up", "quantity": "2", "unit_price": "80.00", "code": "K12"},
            {"description": "Dressing", "quantity": "1,5", "unit_price": "9.90"},
            {"description": "Form", "unit_price": "5"},
            {"quantity": "1"},
        )

        response = clerk_client.post(
            NEW_URL, header_data(patient, discount_percent="10", tags="Recall, recall, New") | rows
        )

        draft = Invoice.objects.get()
        assert response.headers["Location"] == page_url(draft)
        assert [(line.description, line.line_total) for line in draft.ordered_items] == [
            ("Check-up", Decimal("160.00")),
            ("Dressing", Decimal("14.85")),
            ("Form", Decimal("5.00")),
        ]
        assert draft.ordered_items[0].service == service
        assert draft.total_amount == Decimal("161.86")
        assert [tag.name for tag in draft.tags.all()] == ["New", "Recall"]
        assert draft.events.get().created_by.username == "clerk"

    def test_empty_fields_are_filled_from_the_price_list(self, clerk_client, patient):
        service = ServiceFactory(code="K12", description="Check-up", unit_price=Decimal("80.0000"))

        clerk_client.post(NEW_URL, header_data(patient) | item_data({"service": service.pk}))

        line = Invoice.objects.get().ordered_items[0]
        assert (line.code, line.description, line.unit_price) == ("K12", "Check-up", Decimal("80.0000"))

    def test_form_sent_twice_creates_one_draft(self, clerk_client, patient):
        data = header_data(patient, new_id=str(uuid4())) | item_data({"description": "Visit", "unit_price": "10"})

        first, second = clerk_client.post(NEW_URL, data), clerk_client.post(NEW_URL, data)

        assert Invoice.objects.count() == 1
        assert first.headers["Location"] == second.headers["Location"]

    def test_patient_is_found_by_an_unambiguous_search_text(self, clerk_client, patient):
        clerk_client.post(NEW_URL, {"form": "draft", "patient_search": patient.record_number})

        assert Invoice.objects.get().patient == patient

    def test_ambiguous_patient_search_is_refused(self, clerk_client):
        PatientFactory(family_name="Lee")
        PatientFactory(family_name="Lee")

        response = clerk_client.post(NEW_URL, {"form": "draft", "patient_search": "Lee"})

        assert "Choose one" in response.content.decode()
        assert not Invoice.objects.exists()

    def test_new_draft_is_preset_to_the_patient_of_the_query(self, clerk_client, patient):
        shown = clerk_client.get(NEW_URL, {"patient": patient.pk})

        assert shown.context["form"].header["patient"].value() == str(patient.pk)
        assert clerk_client.get(NEW_URL, {"patient": "nobody"}).status_code == 200

    def test_invalid_input_is_kept(self, clerk_client, patient):
        rows = item_data({"description": "Visit", "unit_price": "ten"}, {"description": "", "unit_price": "5"})

        shown = clerk_client.post(NEW_URL, header_data(patient, notes="Thank you") | rows).content.decode()

        assert not Invoice.objects.exists()
        assert 'value="ten"' in shown
        assert "Thank you" in shown
        assert "Unit price: Enter a number, such as 54.99." in shown
        assert "Service or text: Required." in shown

    def test_refusal_of_the_operation_is_shown_at_its_field(self, clerk_client, patient):
        data = header_data(patient, discount_amount="50") | item_data({"description": "Visit", "unit_price": "100"})

        response = clerk_client.post(NEW_URL, data)

        assert "need a supervisor" in response.context["form"].header.errors["discount_amount"][0]

    def test_error_of_a_refused_price_is_next_to_the_price(self, clerk_client, patient):
        service = ServiceFactory(unit_price=Decimal("64.00"))
        data = header_data(patient) | item_data({"service": service.pk, "description": "Visit", "unit_price": "0.01"})

        response = clerk_client.post(NEW_URL, data)

        assert "list price of item 1 is 64.00" in response.context["form"].items[0].errors["unit_price"][0]
        assert not Invoice.objects.exists()

    def test_save_and_issue_opens_the_issue_dialog(self, clerk_client, patient):
        data = header_data(patient, next="issue") | item_data({"description": "Visit", "unit_price": "10"})
        response = clerk_client.post(NEW_URL, data)

        draft = Invoice.objects.get()
        assert response.headers["Location"] == reverse("admin:billing_invoice_verb", args=[draft.pk, "issue"])
        assert draft.status == InvoiceStatus.DRAFT

    def test_auditor_may_not_create_a_draft(self, client, auditor, patient):
        client.force_login(auditor)

        assert client.get(NEW_URL).status_code == 403
        assert client.post(NEW_URL, header_data(patient)).status_code == 403
        assert not Invoice.objects.exists()


class TestEditDraft:
    def test_unchanged_form_changes_nothing(self, clerk_client):
        draft = InvoiceFactory(
            items=[item("80.1234", quantity=Decimal("1.5"), discount_percent=Decimal("2.5")), item("20.00")],
            discount_amount=Decimal("3.00"),
            notes="Thank you",
            due_date=None,
        )
        form = clerk_client.get(page_url(draft)).context["form"]
        data = {"form": "draft"} | {field.html_name: _form_value(field) for field in form.header}
        data |= {"row": [row.key for row in form.items]}
        data |= {field.html_name: _form_value(field) for row in form.items for field in row}

        response = clerk_client.post(page_url(draft), data)

        assert response.status_code == 302
        draft.refresh_from_db()
        assert draft.version == 1
        assert InvoiceEvent.objects.count() == 1

    def test_unchanged_date_keeps_its_time_of_day(self, clerk_client, noon):
        draft = InvoiceFactory(due_date=noon, at=noon)

        clerk_client.post(page_url(draft), draft_data(draft, due_date="2026-06-15", notes="Later"))

        draft.refresh_from_db()
        assert (draft.due_date, draft.notes) == (noon, "Later")

    def test_items_are_changed_reordered_added_and_removed(self, clerk_client):
        draft = InvoiceFactory(items=[item("10.00", description=name) for name in ("one", "two", "three")])
        one, _two, three = stored_rows(draft)

        clerk_client.post(
            page_url(draft),
            draft_data(draft, three, one | {"unit_price": "11"}, {"description": "4", "unit_price": "1"}),
        )

        draft = Invoice.objects.get()
        assert [(line.description, line.line_total) for line in draft.ordered_items] == [
            ("three", Decimal("10.00")),
            ("one", Decimal("11.00")),
            ("4", Decimal("1.00")),
        ]
        assert draft.total_amount == Decimal("22.00")
        assert {one["id"], three["id"]} < {line.pk for line in draft.ordered_items}

    def test_appointment_of_the_draft_is_offered_however_many_are_later(self, clerk_client):
        appointment = AppointmentFactory(completed=True)
        AppointmentFactory.create_batch(51, patient=appointment.patient)
        draft = InvoiceFactory(patient=appointment.patient, appointment=appointment)

        assert f'<option value="{appointment.pk}" selected>' in clerk_client.get(page_url(draft)).content.decode()

    def test_appointment_of_another_patient_is_refused(self, clerk_client):
        draft = InvoiceFactory()
        own, foreign = AppointmentFactory(patient=draft.patient), AppointmentFactory()

        refused = clerk_client.post(page_url(draft), draft_data(draft, appointment=str(foreign.pk)))
        clerk_client.post(page_url(draft), draft_data(draft, appointment=str(own.pk)))

        assert "another patient" in str(refused.context["form"].header.errors["appointment"])
        draft.refresh_from_db()
        assert draft.appointment == own

    def test_payer_can_be_somebody_else(self, clerk_client):
        draft = InvoiceFactory()

        clerk_client.post(page_url(draft), draft_data(draft, bill_to_name="Aunt", bill_to_address="1 High Street"))

        draft.refresh_from_db()
        assert draft.payer == ("Aunt", "1 High Street")

    def test_total_below_the_deposit_is_refused(self, clerk_client):
        draft = InvoiceFactory(deposit="40.00")

        shown = clerk_client.post(page_url(draft), draft_data(draft, {"description": "Visit", "unit_price": "10"}))

        assert "deposit" in shown.content.decode()
        draft.refresh_from_db()
        assert draft.total_amount == Decimal("100.00")

    @pytest.mark.parametrize(
        "row", ["quantity", "unit_price", "discount_percent", "tax_rate", "service_date", "service"]
    )
    @pytest.mark.parametrize("value", ["-1", "1e3", "１２", "NaN", "\x00", "1_000", "99999999999999999", "x" * 2000])
    @pytest.mark.slow
    def test_invalid_values_are_refused(self, clerk_client, row, value):
        draft = InvoiceFactory()
        data = {"description": "Visit", "unit_price": "10"} | {row: value}

        response = clerk_client.post(page_url(draft), draft_data(draft, data))

        assert response.status_code == 200
        draft.refresh_from_db()
        assert draft.version == 1

    @pytest.mark.slow
    def test_draft_with_many_items_is_saved(self, clerk_client, settings):
        rows = [{"description": f"Line {at}", "unit_price": "1"} for at in range(settings.MAX_INVOICE_ITEMS)]
        empty = {"code": "", "quantity": "1", "discount_percent": "", "discount_amount": "", "tax_rate": ""}
        empty |= {"service_date": "", "id": "", "service": ""}
        draft = InvoiceFactory()

        response = clerk_client.post(page_url(draft), draft_data(draft, *(row | empty for row in rows)))

        assert response.status_code == 302
        draft.refresh_from_db()
        assert draft.total_amount == Decimal(settings.MAX_INVOICE_ITEMS)


class TestQueryCount:
    def test_query_count_of_the_page_is_independent_of_the_number_of_items(
        self, clerk_client, django_assert_num_queries
    ):
        short, long = InvoiceFactory(), InvoiceFactory(items=[item("1.00")] * 40)
        clerk_client.get(page_url(short))

        for draft in (short, long):
            with django_assert_num_queries(15):
                clerk_client.get(page_url(draft))

    def test_query_count_of_the_totals_is_independent_of_the_number_of_items(
        self, clerk_client, django_assert_num_queries
    ):
        services = [ServiceFactory() for _ in range(9)]
        clerk_client.post(TOTALS_URL, {})

        for some in (services[:1], services):
            with django_assert_num_queries(5):
                clerk_client.post(TOTALS_URL, item_data(*({"service": service.pk} for service in some)))

    def test_query_count_of_saving_is_independent_of_the_number_of_items(self, clerk_client, django_assert_num_queries):
        drafts = [InvoiceFactory(items=[item("1.00")] * 2), InvoiceFactory(items=[item("1.00")] * 40)]
        clerk_client.post(page_url(drafts[0]), draft_data(drafts[0]))

        for draft in drafts:
            changed = [row | {"unit_price": "2"} for row in stored_rows(draft)][1:]
            data = draft_data(draft, *changed, *[{"description": "Visit", "unit_price": "1"}] * 20)
            with django_assert_num_queries(20):
                clerk_client.post(page_url(draft), data)


class TestConcurrentChange:
    def test_second_save_is_refused_with_the_changes_and_keeps_its_input(self, clerk_client, supervisor):
        draft = InvoiceFactory()
        data = draft_data(draft, {"description": "My item", "unit_price": "7"}, discount_percent="5")
        revise(draft, InvoiceInput(fields={"notes": "Theirs"}), by=supervisor, at=draft.created_at)

        shown = clerk_client.post(page_url(draft), data)

        text = shown.content.decode()
        assert "Somebody has changed this invoice since you opened it" in text
        assert "supervisor" in text
        assert "Theirs" in text
        assert "My item" in text
        draft.refresh_from_db()
        assert (draft.notes, draft.total_amount) == ("Theirs", Decimal("100.00"))

    def test_second_save_is_refused_until_the_user_decides(self, clerk_client, supervisor):
        draft = InvoiceFactory()
        data = draft_data(draft, notes="Mine")
        revise(draft, InvoiceInput(fields={"notes": "Theirs"}), by=supervisor, at=draft.created_at)

        clerk_client.post(page_url(draft), data)
        clerk_client.post(page_url(draft), data)

        draft.refresh_from_db()
        assert draft.notes == "Theirs"

    def test_user_may_overwrite_the_version_that_was_displayed(self, clerk_client, supervisor):
        draft = InvoiceFactory(items=[item(description="kept"), item(description="removed by the other")])
        data = draft_data(draft, notes="Mine")
        revise(
            draft,
            InvoiceInput(items=[{"id": draft.ordered_items[0].pk}, item(description="theirs")]),
            by=supervisor,
            at=draft.created_at,
        )

        response = clerk_client.post(page_url(draft), data | {"overwrite": draft.version})

        assert response.status_code == 302
        draft = Invoice.objects.get()
        assert draft.notes == "Mine"
        assert [line.description for line in draft.ordered_items] == ["kept", "removed by the other"]

    def test_draft_issued_meanwhile_is_not_changed(self, clerk_client, supervisor):
        draft = InvoiceFactory()
        data = draft_data(draft, {"description": "My item", "unit_price": "7"})
        issue(draft, by=supervisor, at=draft.created_at)

        stale = clerk_client.post(page_url(draft), data)
        tampered = clerk_client.post(page_url(draft), data | {"overwrite": draft.version})

        assert "My item" in stale.content.decode()
        assert "Save my version instead" not in stale.content.decode()
        assert tampered.status_code == 200
        draft.refresh_from_db()
        assert draft.total_amount == Decimal("100.00")
        assert [line.description for line in draft.ordered_items] == ["Consultation"]


def _form_value(field):
    value = field.value()
    return "" if value is None else str(value)
