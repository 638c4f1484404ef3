"""Whatever is sent to whatever address of the admin, by whomever: the figures of what was issued stay as they are, and
nobody gets further than their role."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import connection, transaction

from billing.models import CreditNote, Invoice, NumberSeries, Payment, Refund, Service, Tag, WriteOff
from billing.roles import GROUPS
from billing.tests.admin.tampered_forms import Sent, Writes, actions, changed, forged, forms_of, paths, routes, snapshot
from billing.tests.factories import ClerkFactory, InvoiceFactory, PaymentFactory, ServiceFactory, TagFactory, item
from patients.models import Appointment, Patient
from patients.tests.factories import AppointmentFactory, PatientFactory

pytestmark = pytest.mark.slow

FROZEN = """reg_number patient_id issue_date bill_to_name bill_to_address subtotal discount_percent discount_amount
discount_total tax_amount total_amount currency""".split()
# Of each table: who holds one of these may add or change rows through a verb. What is not named stays as it is.
NEEDS = {
    "billing.Invoice": "add_invoice change_invoice",
    "billing.InvoiceItem": "add_invoice change_invoice",
    "billing.Invoice_tags": "add_invoice change_invoice",
    "billing.InvoiceEvent": "add_invoice change_invoice",
    "billing.NumberSeries": "issue_invoice",
    "billing.Payment": "add_payment",
    "billing.PaymentAllocation": "add_payment",
    "billing.Refund": "add_refund",
    "billing.WriteOff": "write_off_invoice reinstate_invoice",
    "billing.CreditNote": "add_creditnote",
    "billing.CreditNoteLine": "add_creditnote",
    "billing.BooksClosing": "add_booksclosing",
    "billing.Service": "add_service",
    "billing.Tag": "add_tag",
    "patients.Patient": "add_patient",
    "patients.RecordCounter": "add_patient",
    "patients.Appointment": "add_appointment",
    "clinic.IdempotencyKey": "change_invoice",  # a form that is sent twice is answered once
}


@pytest.fixture
def books(noon, db):
    """Yesterday's work in every state; each record can be named by an address."""
    at = noon - timedelta(days=1)
    patient = PatientFactory()
    states = [{}, {"issued": True}, {"part_paid": True}, {"paid": True}, {"part_paid": True, "written_off": True}]
    for state in states:
        InvoiceFactory(patient=patient, at=at, items=[item("60.00"), item("40.00")], **state)
    InvoiceFactory(patient=patient, at=at, credited=True, paid=True)
    InvoiceFactory(patient=patient, at=at, refunded="30.00")
    PaymentFactory(patient=PatientFactory(), at=at)
    ServiceFactory()
    TagFactory()
    AppointmentFactory(patient=patient)


@pytest.fixture
def records(books, clerk):
    """A few of each model; of invoices all."""
    models = [Payment, Refund, WriteOff, CreditNote, Service, Tag, Patient, Appointment, NumberSeries]
    few = {model: list(model._default_manager.order_by("pk")[:2]) for model in models}
    return {**few, Invoice: list(Invoice.objects.all()), type(clerk): [clerk]}


@pytest.fixture
def requests(client, admin_user, records):
    """What is sent: each form that a superuser is shown, as it is and forged; and figures, to every address."""
    client.force_login(admin_user)
    everywhere = paths(records)
    shown = [form for path in everywhere for form in _forms(client, path)]
    shown += [form for sent in _bulk(records) for form in _answer(client, sent)]
    blunt = [Sent(path, _figures(records)) for path in everywhere]
    client.logout()
    everything = [*blunt, *_bulk(records), *shown, *(forged(form) for form in shown)]
    return list(
        {f"{path} {sorted(fields.items(), key=str)}": Sent(path, fields) for path, fields in everything}.values()
    )


def _forms(client, path):
    with transaction.atomic():
        answer = client.get(path)
        transaction.set_rollback(True)
    return _shown(path, answer)


def _shown(path, answer):
    """The forms of a page that is no refusal, no redirect and no file."""
    is_page = answer.status_code == 200 and not answer.streaming and "html" in answer.headers["Content-Type"]
    return forms_of(path, answer.content.decode()) if is_page else []


def _answer(client, sent):
    """The forms of a page that comes as an answer: the preview of a bulk action."""
    with transaction.atomic():
        answer = client.post(sent.path, sent.fields)
        transaction.set_rollback(True)
    return _shown(sent.path, answer)


def _bulk(records):
    """Every action of the lists, of the rows of every list."""
    for model in admin.site._registry:
        chosen = [record.pk for record in records.get(model, [])]
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for action in actions():
            yield Sent(path, {"action": action, "_selected_action": chosen, "index": 0, "post": "yes"})


def _figures(records):
    """Figures under every name that a form might have for them, with a draft's items and Django's own words."""
    issued = records[Invoice][1]
    items = {"items-TOTAL_FORMS": 1, "items-INITIAL_FORMS": 1, "items-0-id": issued.items.first().pk}
    items |= {"items-0-unit_price": "0.01", "items-0-line_total": "0.01", "items-0-DELETE": "on"}
    figures = dict.fromkeys(["subtotal", "total_amount", "paid_amount", "remaining_amount", "amount"], "0.01")
    words = {"status": "PAID", "reg_number": "X", "reason": "forged", "patient": records[Patient][0].pk}
    return {**figures, **items, **words, "post": "yes", "_save": "1", "_saveasnew": "1", "is_superuser": "on"}


def told(role, before, after, may):
    """What a request did that it must not have done."""
    issued = {key: row for key, row in before["billing.Invoice"].items() if row["status"] != "DRAFT"}
    for key, row in issued.items():
        now = after["billing.Invoice"].get(key, {})
        if any(now.get(name) != row[name] for name in FROZEN):
            yield f"changes the figures of {row['reg_number']}"
        if now.get("status") == "VOID" != row["status"] and not may("billing.void_any_invoice"):
            yield f"voids {row['reg_number']}"
    for key, row in before["billing.InvoiceItem"].items():
        if row["invoice_id"] in issued and after["billing.InvoiceItem"].get(key) != row:
            yield "changes the items of an issued invoice"
    for label in changed(before, after):
        app = label.partition(".")[0]
        if not any(
            may(f"{app}.{name}" if app != "clinic" else f"billing.{name}") for name in NEEDS.get(label, "").split()
        ):
            yield f"changes {label}, which is not for a {role}"
        if set(before[label]) - set(after[label]) and label not in {"billing.InvoiceItem", "billing.Invoice_tags"}:
            yield f"deletes from {label}"


@pytest.mark.parametrize("role", GROUPS)
class TestForgedForms:
    def test_change_nothing_that_the_role_may_not(self, client, requests, role):
        person = ClerkFactory(username=role, role=role)
        client.force_login(person)
        client.raise_request_exception = False
        client.get("/admin/")  # the session is there
        before = snapshot()

        wrong = []
        for sent in requests:
            writes = Writes()
            with transaction.atomic():
                with connection.execute_wrapper(writes):
                    answer = client.post(sent.path, sent.fields)
                found = list(told(role, before, snapshot(), person.has_perm)) if writes.seen else []
                transaction.set_rollback(True)
            if answer.status_code >= 500:
                found.append(f"is answered with {answer.status_code}")
            wrong += [f"{sent.path} {each}" for each in found]

        assert wrong == []
        assert len(requests) > 300


class TestLooking:
    def test_changes_nothing(self, client, records, supervisor):
        client.force_login(supervisor)
        client.raise_request_exception = False
        client.get("/admin/")
        before = snapshot()

        wrong = []
        for path in paths(records):
            writes = Writes()
            with transaction.atomic():
                with connection.execute_wrapper(writes):
                    answer = client.get(path)
                found = changed(before, snapshot()) if writes.seen else set()
                transaction.set_rollback(True)
            if found or answer.status_code >= 500:
                wrong.append(f"{path}: {answer.status_code}, {found}")

        assert wrong == []


class TestTheWalk:
    def test_reaches_every_page_of_the_site(self, records):
        names = {pattern.name for _, pattern in routes()}
        own = {"index", "billing_take_payment", "billing_books_check", "patients_patient_statement"}

        assert own <= names
        for model in admin.site._registry:
            name = f"{model._meta.app_label}_{model._meta.model_name}"
            assert {f"{name}_{page}" for page in ("changelist", "add", "change", "delete", "history")} <= names

    def test_finds_what_it_looks_for(self, client, admin_user, records):
        draft = Invoice.objects.get(status="DRAFT")
        client.force_login(admin_user)
        before = snapshot()
        path = f"/admin/billing/invoice/{draft.pk}/verb/issue/"

        form = next(form for form in _forms(client, path) if form.path.startswith(path))
        with transaction.atomic():
            client.post(form.path, form.fields)
            after = snapshot()
            transaction.set_rollback(True)

        assert {"billing.Invoice", "billing.NumberSeries", "billing.InvoiceEvent"} <= changed(before, after)
        found = set(told("auditor", before, after, lambda _permission: False))
        assert "changes billing.Invoice, which is not for a auditor" in found
