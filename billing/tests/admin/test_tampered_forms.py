"""Tampered forms sent to every URL of the admin change no issued invoice, and nothing that the role may not change."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from django.urls import resolve

from billing.models import CreditNote, Invoice, NumberSeries, Payment, Refund, Service, Tag, WriteOff
from billing.roles import GROUPS
from billing.tests.admin.model_admins import admin_models
from billing.tests.admin.tampered_forms import (
    PostRequest,
    Writes,
    actions,
    changed,
    forms_of,
    paths,
    routes,
    snapshot,
    tampered,
)
from billing.tests.factories import ClerkFactory, InvoiceFactory, PaymentFactory, ServiceFactory, TagFactory, item
from patients.models import Appointment, Patient
from patients.tests.factories import AppointmentFactory, PatientFactory

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.neutral]

FROZEN_FIELDS = """reg_number patient_id issue_date bill_to_name bill_to_address subtotal discount_percent
discount_amount discount_total tax_amount total_amount currency""".split()
# The permissions of which one is needed to add or change rows of a table. Other tables do not change.
PERMISSIONS = {
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
    "clinic.IdempotencyKey": "change_invoice",  # forms are submitted once
    "clinic.Job": "add_booksclosing",  # the check of the books; exports of few rows are no jobs
}


@pytest.fixture
def books(noon, db):
    """Invoices in every status, payments and other records, made yesterday."""
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
    """Some records of each model; all invoices."""
    models = [Payment, Refund, WriteOff, CreditNote, Service, Tag, Patient, Appointment, NumberSeries]
    few = {model: list(model._default_manager.order_by("pk")[:2]) for model in models}
    return {**few, Invoice: list(Invoice.objects.all()), type(clerk): [clerk]}


@pytest.fixture
def requests(client, admin_user, records):
    """Every form that a superuser sees, as it is and tampered; and amounts sent to every path."""
    client.force_login(admin_user)
    all_paths = paths(records)
    shown = [form for path in all_paths for form in _forms(client, path)]
    shown += [form for request in _bulk(records) for form in _forms_after(client, request)]
    blind = [PostRequest(path, _amounts(records)) for path in all_paths]
    client.logout()
    everything = [*blind, *_bulk(records), *shown, *(tampered(form) for form in shown)]
    return list(
        {f"{path} {sorted(fields.items(), key=str)}": PostRequest(path, fields) for path, fields in everything}.values()
    )


def _forms(client, path):
    with transaction.atomic():
        response = client.get(path)
        transaction.set_rollback(True)
    return _forms_of_page(path, response)


def _forms_of_page(path, response):
    """Return the forms of a response, if it is an HTML page."""
    is_page = response.status_code == 200 and not response.streaming and "html" in response.headers["Content-Type"]
    return forms_of(path, response.content.decode()) if is_page else []


def _forms_after(client, request):
    """Return the forms of the response to a POST, such as the preview of a bulk action."""
    with transaction.atomic():
        response = client.post(request.path, request.fields)
        transaction.set_rollback(True)
    return _forms_of_page(request.path, response)


def _bulk(records):
    """Yield every action for the rows of every list."""
    for model in admin_models():
        chosen = [record.pk for record in records.get(model, [])]
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for action in actions():
            yield PostRequest(path, {"action": action, "_selected_action": chosen, "index": 0, "post": "yes"})


def _amounts(records):
    """Return amounts under all field names that a form might use, items, and fields of Django's admin."""
    issued = records[Invoice][1]
    items = {"items-TOTAL_FORMS": 1, "items-INITIAL_FORMS": 1, "items-0-id": issued.items.first().pk}
    items |= {"items-0-unit_price": "0.01", "items-0-line_total": "0.01", "items-0-DELETE": "on"}
    amounts = dict.fromkeys(["subtotal", "total_amount", "paid_amount", "remaining_amount", "amount"], "0.01")
    others = {"status": "PAID", "reg_number": "X", "reason": "tampered", "patient": records[Patient][0].pk}
    return {**amounts, **items, **others, "post": "yes", "_save": "1", "_saveasnew": "1", "is_superuser": "on"}


def violations(role, before, after, may):
    """Yield the forbidden changes between two snapshots."""
    issued = {key: row for key, row in before["billing.Invoice"].items() if row["status"] != "DRAFT"}
    for key, row in issued.items():
        now = after["billing.Invoice"].get(key, {})
        if any(now.get(name) != row[name] for name in FROZEN_FIELDS):
            yield f"changes the amounts of {row['reg_number']}"
        if now.get("status") == "VOID" != row["status"] and not may("billing.void_any_invoice"):
            yield f"voids {row['reg_number']}"
    for key, row in before["billing.InvoiceItem"].items():
        if row["invoice_id"] in issued and after["billing.InvoiceItem"].get(key) != row:
            yield "changes the items of an issued invoice"
    for label in changed(before, after):
        app = label.partition(".")[0]
        if not any(
            may(f"{app}.{name}" if app != "clinic" else f"billing.{name}")
            for name in PERMISSIONS.get(label, "").split()
        ):
            yield f"changes {label}, which is not for a {role}"
        if set(before[label]) - set(after[label]) and label not in {"billing.InvoiceItem", "billing.Invoice_tags"}:
            yield f"deletes from {label}"


def one_of_each_kind(requests):
    """Return one request of each route, action and set of fields; the others name other records of the same tables."""
    kinds = {}
    for request in requests:
        match = resolve(urlsplit(request.path).path)
        words = sorted(word for word in match.kwargs.values() if str(word).isalpha())
        kinds.setdefault((match.route, *words, request.fields.get("action"), *sorted(request.fields)), request)
    return list(kinds.values())


def forbidden_effects(client, role, requests):
    """Send the requests as a user of the role, one by one; return those that do what the role may not do, or fail."""
    user = ClerkFactory(username=role, role=role)
    client.force_login(user)
    client.raise_request_exception = False
    client.get("/admin/")  # creates the session
    before = snapshot()

    effects = []
    for request in requests:
        writes = Writes()
        with transaction.atomic():
            with connection.execute_wrapper(writes):
                response = client.post(request.path, request.fields)
            found = list(violations(role, before, snapshot(), user.has_perm)) if writes.queries else []
            transaction.set_rollback(True)
        if response.status_code >= 500:
            found.append(f"is answered with {response.status_code}")
        effects += [f"{request.path} {each}" for each in found]
    return effects


class TestTamperedForms:
    def test_one_form_of_each_kind_changes_only_tables_that_the_role_may_change(self, client, requests, subtests):
        chosen = one_of_each_kind(requests)

        for role in GROUPS:
            with subtests.test(role):
                assert forbidden_effects(client, role, chosen) == []
        assert len(chosen) > 250

    @pytest.mark.long
    def test_every_form_changes_only_tables_that_the_role_may_change(self, client, requests, subtests):
        for role in GROUPS:
            with subtests.test(role):
                assert forbidden_effects(client, role, requests) == []
        assert len(requests) > 300


class TestGet:
    def test_get_changes_nothing(self, client, records, supervisor):
        client.force_login(supervisor)
        client.raise_request_exception = False
        client.get("/admin/")
        before = snapshot()

        wrong = []
        for path in paths(records):
            writes = Writes()
            with transaction.atomic():
                with connection.execute_wrapper(writes):
                    response = client.get(path)
                found = changed(before, snapshot()) if writes.queries else set()
                transaction.set_rollback(True)
            if found or response.status_code >= 500:
                wrong.append(f"{path}: {response.status_code}, {found}")

        assert wrong == []


class TestCollectedRequests:
    def test_collected_requests_cover_every_page(self, records):
        names = {pattern.name for _, pattern in routes()}
        own = {"index", "billing_take_payment", "billing_books_check", "patients_patient_statement"}

        assert own <= names
        for model in admin_models():
            name = f"{model._meta.app_label}_{model._meta.model_name}"
            assert {f"{name}_{page}" for page in ("changelist", "add", "change", "delete", "history")} <= names

    def test_collected_requests_detect_a_change(self, client, admin_user, records):
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
        found = set(violations("auditor", before, after, lambda _permission: False))
        assert "changes billing.Invoice, which is not for a auditor" in found
