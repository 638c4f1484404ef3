"""A draft is made and edited in the admin, line by line; what it comes to, the books reckon."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from billing.choices import InvoiceStatus
from billing.models import Invoice, InvoiceEvent
from billing.operations.invoice_input import InvoiceInput
from billing.operations.issuing import issue
from billing.operations.revision import revise
from billing.tests.admin.draft_requests import FIGURES, NEW, head, lines, page_of, stored_rows, typed
from billing.tests.factories import InvoiceFactory, ServiceFactory, item
from patients.tests.factories import AppointmentFactory, PatientFactory


class TestNewDraft:
    def test_is_made_of_typed_lines_and_lines_of_the_price_list(self, desk, patient):
        service = ServiceFactory(code="K12", description="Check-up", unit_price=Decimal("80.0000"))
        rows = lines(
            {"service": service.pk, "description": "Check-up", "quantity": "2", "unit_price": "80.00", "code": "K12"},
            {"description": "Dressing", "quantity": "1,5", "unit_price": "9.90"},
            {"description": "Form", "unit_price": "5"},
            {"quantity": "1"},
        )

        answer = desk.post(NEW, head(patient, discount_percent="10", tags="Recall, recall, New") | rows)

        draft = Invoice.objects.get()
        assert answer.headers["Location"] == page_of(draft)
        assert [(line.description, line.line_total) for line in draft.ordered_items] == [
            ("Check-up", Decimal("160.00")),
            ("Dressing", Decimal("14.85")),
            ("Form", Decimal("5.00")),
        ]
        assert draft.ordered_items[0].service == service
        assert draft.total_amount == Decimal("161.86")
        assert [tag.name for tag in draft.tags.all()] == ["New", "recall"]
        assert draft.events.get().created_by.username == "clerk"

    def test_takes_from_the_price_list_what_is_not_typed(self, desk, patient):
        service = ServiceFactory(code="K12", description="Check-up", unit_price=Decimal("80.0000"))

        desk.post(NEW, head(patient) | lines({"service": service.pk}))

        line = Invoice.objects.get().lines[0]
        assert (line.code, line.description, line.unit_price) == ("K12", "Check-up", Decimal("80.0000"))

    def test_is_made_once_however_often_it_is_sent(self, desk, patient):
        sent = head(patient, new_id=str(uuid4())) | lines({"description": "Visit", "unit_price": "10"})

        first, second = desk.post(NEW, sent), desk.post(NEW, sent)

        assert Invoice.objects.count() == 1
        assert first.headers["Location"] == second.headers["Location"]

    def test_finds_the_patient_by_what_was_typed_if_it_is_one(self, desk, patient):
        desk.post(NEW, {"form": "draft", "patient_search": patient.record_number})

        assert Invoice.objects.get().patient == patient

    def test_asks_which_patient_where_several_are_called_so(self, desk):
        PatientFactory(family_name="Lee")
        PatientFactory(family_name="Lee")

        answer = desk.post(NEW, {"form": "draft", "patient_search": "Lee"})

        assert "choose one" in answer.content.decode()
        assert not Invoice.objects.exists()

    def test_is_opened_for_a_patient(self, desk, patient):
        shown = desk.get(NEW, {"patient": patient.pk})

        assert shown.context["form"].header["patient"].value() == str(patient.pk)
        assert desk.get(NEW, {"patient": "nobody"}).status_code == 200

    def test_keeps_what_was_typed_when_it_is_wrong(self, desk, patient):
        rows = lines({"description": "Visit", "unit_price": "ten"}, {"description": "", "unit_price": "5"})

        shown = desk.post(NEW, head(patient, notes="Thank you") | rows).content.decode()

        assert not Invoice.objects.exists()
        assert 'value="ten"' in shown
        assert "Thank you" in shown
        assert "Unit price: A number, such as 54.99." in shown
        assert "Service or text: Missing." in shown

    def test_says_a_refusal_of_the_books_at_its_field(self, desk, patient):
        sent = head(patient, discount_amount="50") | lines({"description": "Visit", "unit_price": "100"})

        answer = desk.post(NEW, sent)

        assert "for a supervisor to give" in answer.context["form"].header.errors["discount_amount"][0]
        assert not Invoice.objects.exists()

    def test_goes_on_to_the_question_whether_to_issue(self, desk, patient):
        answer = desk.post(NEW, head(patient, next="issue") | lines({"description": "Visit", "unit_price": "10"}))

        draft = Invoice.objects.get()
        assert answer.headers["Location"] == reverse("admin:billing_invoice_verb", args=[draft.pk, "issue"])
        assert draft.status == InvoiceStatus.DRAFT

    def test_is_not_for_an_auditor(self, client, auditor, patient):
        client.force_login(auditor)

        assert client.get(NEW).status_code == 403
        assert client.post(NEW, head(patient)).status_code == 403
        assert not Invoice.objects.exists()


class TestEditingADraft:
    def test_sent_back_as_it_is_changes_nothing(self, desk):
        draft = InvoiceFactory(
            items=[item("80.1234", quantity=Decimal("1.5"), discount_percent=Decimal("2.5")), item("20.00")],
            discount_amount=Decimal("3.00"),
            notes="Thank you",
            due_date=None,
        )
        form = desk.get(page_of(draft)).context["form"]
        sent = {"form": "draft"} | {field.html_name: _sent(field) for field in form.header}
        sent |= {"row": [row.key for row in form.items]}
        sent |= {field.html_name: _sent(field) for row in form.items for field in row}

        answer = desk.post(page_of(draft), sent)

        assert answer.status_code == 302
        draft.refresh_from_db()
        assert draft.version == 1
        assert InvoiceEvent.objects.count() == 1

    def test_keeps_the_moment_of_a_day_that_is_not_changed(self, desk, noon):
        draft = InvoiceFactory(due_date=noon, at=noon)

        desk.post(page_of(draft), typed(draft, due_date="2026-06-15", notes="Later"))

        draft.refresh_from_db()
        assert (draft.due_date, draft.notes) == (noon, "Later")

    def test_changes_orders_adds_and_removes_lines(self, desk):
        draft = InvoiceFactory(items=[item("10.00", description=name) for name in ("one", "two", "three")])
        one, _two, three = stored_rows(draft)

        desk.post(
            page_of(draft), typed(draft, three, one | {"unit_price": "11"}, {"description": "4", "unit_price": "1"})
        )

        draft = Invoice.objects.get()
        assert [(line.description, line.line_total) for line in draft.ordered_items] == [
            ("three", Decimal("10.00")),
            ("one", Decimal("11.00")),
            ("4", Decimal("1.00")),
        ]
        assert draft.total_amount == Decimal("22.00")
        assert {one["id"], three["id"]} < {line.pk for line in draft.ordered_items}

    def test_takes_an_appointment_of_the_same_patient(self, desk):
        draft = InvoiceFactory()
        own, foreign = AppointmentFactory(patient=draft.patient), AppointmentFactory()

        refused = desk.post(page_of(draft), typed(draft, appointment=str(foreign.pk)))
        desk.post(page_of(draft), typed(draft, appointment=str(own.pk)))

        assert "another patient" in str(refused.context["form"].header.errors["appointment"])
        draft.refresh_from_db()
        assert draft.appointment == own

    def test_takes_somebody_else_who_pays(self, desk):
        draft = InvoiceFactory()

        desk.post(page_of(draft), typed(draft, bill_to_name="Aunt", bill_to_address="1 High Street"))

        draft.refresh_from_db()
        assert draft.payer == ("Aunt", "1 High Street")

    def test_is_refused_below_its_deposit(self, desk):
        draft = InvoiceFactory(deposit="40.00")

        shown = desk.post(page_of(draft), typed(draft, {"description": "Visit", "unit_price": "10"}))

        assert "deposit" in shown.content.decode()
        draft.refresh_from_db()
        assert draft.total_amount == Decimal("100.00")

    @pytest.mark.parametrize(
        "row", ["quantity", "unit_price", "discount_percent", "tax_rate", "service_date", "service"]
    )
    @pytest.mark.parametrize("value", ["-1", "1e3", "１２", "NaN", "\x00", "1_000", "99999999999999999", "x" * 2000])
    def test_refuses_what_is_no_value(self, desk, row, value):
        draft = InvoiceFactory()
        sent = {"description": "Visit", "unit_price": "10"} | {row: value}

        answer = desk.post(page_of(draft), typed(draft, sent))

        assert answer.status_code == 200
        draft.refresh_from_db()
        assert draft.version == 1

    def test_of_many_lines_is_saved_whole(self, desk, settings):
        rows = [{"description": f"Line {at}", "unit_price": "1"} for at in range(settings.MAX_INVOICE_ITEMS)]
        full = {"code": "", "quantity": "1", "discount_percent": "", "discount_amount": "", "tax_rate": ""}
        draft = InvoiceFactory()

        answer = desk.post(
            page_of(draft), typed(draft, *(row | full | {"service_date": "", "id": "", "service": ""} for row in rows))
        )

        assert answer.status_code == 302
        draft.refresh_from_db()
        assert draft.total_amount == Decimal(settings.MAX_INVOICE_ITEMS)


class TestStatements:
    def test_of_the_page_are_as_many_for_many_lines(self, desk, django_assert_num_queries):
        short, long = InvoiceFactory(), InvoiceFactory(items=[item("1.00")] * 40)
        desk.get(page_of(short))

        for draft in (short, long):
            with django_assert_num_queries(11):
                desk.get(page_of(draft))

    def test_of_the_figures_are_as_many_for_many_lines(self, desk, django_assert_num_queries):
        services = [ServiceFactory() for _ in range(9)]
        desk.post(FIGURES, {})

        for some in (services[:1], services):
            with django_assert_num_queries(5):
                desk.post(FIGURES, lines(*({"service": service.pk} for service in some)))

    def test_of_a_save_are_as_many_for_many_lines(self, desk, django_assert_num_queries):
        drafts = [InvoiceFactory(items=[item("1.00")] * 2), InvoiceFactory(items=[item("1.00")] * 40)]
        desk.post(page_of(drafts[0]), typed(drafts[0]))

        for draft in drafts:
            changed = [row | {"unit_price": "2"} for row in stored_rows(draft)][1:]
            sent = typed(draft, *changed, *[{"description": "Visit", "unit_price": "1"}] * 20)
            with django_assert_num_queries(20):
                desk.post(page_of(draft), sent)


class TestTwoAtOneDraft:
    def test_the_second_is_refused_is_told_what_changed_and_keeps_what_was_typed(self, desk, supervisor):
        draft = InvoiceFactory()
        seen = typed(draft, {"description": "My line", "unit_price": "7"}, discount_percent="5")
        revise(draft, InvoiceInput(fields={"notes": "Theirs"}), by=supervisor, at=draft.created_at)

        shown = desk.post(page_of(draft), seen)

        text = shown.content.decode()
        assert "Somebody has changed this invoice since you opened it" in text
        assert "supervisor" in text
        assert "Theirs" in text
        assert "My line" in text
        draft.refresh_from_db()
        assert (draft.notes, draft.total_amount) == ("Theirs", Decimal("100.00"))

    def test_is_refused_again_until_it_is_decided(self, desk, supervisor):
        draft = InvoiceFactory()
        seen = typed(draft, notes="Mine")
        revise(draft, InvoiceInput(fields={"notes": "Theirs"}), by=supervisor, at=draft.created_at)

        desk.post(page_of(draft), seen)
        desk.post(page_of(draft), seen)

        draft.refresh_from_db()
        assert draft.notes == "Theirs"

    def test_may_save_their_own_instead_having_seen_it(self, desk, supervisor):
        draft = InvoiceFactory(items=[item(description="kept"), item(description="removed by the other")])
        seen = typed(draft, notes="Mine")
        revise(
            draft,
            InvoiceInput(items=[{"id": draft.ordered_items[0].pk}, item(description="theirs")]),
            by=supervisor,
            at=draft.created_at,
        )

        answer = desk.post(page_of(draft), seen | {"overwrite": draft.version})

        assert answer.status_code == 302
        draft = Invoice.objects.get()
        assert draft.notes == "Mine"
        assert [line.description for line in draft.ordered_items] == ["kept", "removed by the other"]

    def test_a_draft_that_was_issued_meanwhile_is_not_changed(self, desk, supervisor):
        draft = InvoiceFactory()
        seen = typed(draft, {"description": "My line", "unit_price": "7"})
        issue(draft, by=supervisor, at=draft.created_at)

        stale = desk.post(page_of(draft), seen)
        forged = desk.post(page_of(draft), seen | {"overwrite": draft.version})

        assert "My line" in stale.content.decode()
        assert "Save mine instead" not in stale.content.decode()
        assert forged.status_code == 200
        draft.refresh_from_db()
        assert draft.total_amount == Decimal("100.00")
        assert [line.description for line in draft.ordered_items] == ["Consultation"]


def _sent(field):
    value = field.value()
    return "" if value is None else str(value)
