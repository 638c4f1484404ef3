"""Every form of the admin, sent empty and all wrong: the errors are next to their fields, and the first in focus."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import resolve
from oauth2_provider.models import Application

from billing.models import CreditNote, Invoice, NumberSeries, Payment, Refund, Service, Tag, WriteOff
from billing.tests.admin.page_elements import Page, has_explanation, misplaced_errors, wrong_forms
from billing.tests.admin.tampered_forms import PostRequest, forms_of, paths
from billing.tests.factories import ClerkFactory, InvoiceFactory, PaymentFactory, ServiceFactory, TagFactory, item
from patients.models import Appointment, Patient
from patients.tests.factories import AppointmentFactory, PatientFactory

pytestmark = [pytest.mark.slow, pytest.mark.neutral]

WRONG = "wr\x07ong"
TAKE_PAYMENT, LOGIN, PASSWORD_CHANGE = "/admin/cash-desk/", "/admin/login/", "/admin/password_change/"
LANGUAGE = "/admin/language/"  # would change the language of the messages
BULK = ["issue_chosen", "write_off_chosen", "tag_chosen"]
BUTTONS = {"preview", "_preview", "_addanother", "_continue"}
# Fields with which nothing can be wrong by itself: checkboxes, the parts of lists, passwords, the name of a login.
NEVER_WRONG = """active confirmed excess is_active is_staff is_superuser use_credit action _selected_action
action-toggle password username password1 password2 new_password1 new_password2 login-again-username
login-again-password""".split()


@pytest.fixture
def records(noon, db):
    """One record of each model, and invoices that allow every action."""
    at = noon - timedelta(days=1)
    patient = PatientFactory()
    states = [{}, {"issued": True}, {"part_paid": True}, {"paid": True}, {"part_paid": True, "written_off": True}]
    for state in states:
        InvoiceFactory(patient=patient, at=at, items=[item("60.00"), item("40.00")], **state)
    InvoiceFactory(patient=patient, at=at, refunded="30.00")
    PaymentFactory(patient=patient, at=at)
    ServiceFactory()
    TagFactory()
    AppointmentFactory(patient=patient)
    user = ClerkFactory(username="somebody")
    Application.objects.create(name="App", client_id="app", user=user)
    models = [Payment, Refund, WriteOff, CreditNote, Service, Tag, Patient, Appointment, NumberSeries, Application]
    few = {model: list(model._default_manager.order_by("pk")[:1]) for model in models}
    return {**few, Payment: list(Payment.objects.all()), Invoice: list(Invoice.objects.all()), type(user): [user]}


def forms_on(client, path, response):
    """Return the forms of a page with their visible inputs."""
    if response.status_code not in {200, 403} or response.streaming or "html" not in response.headers["Content-Type"]:
        return []
    html = response.content.decode()
    visible = {each["name"] for each in Page(html).elements if each.is_input}
    sent = [
        PostRequest(form.path, {name: value for name, value in form.fields.items() if name not in BUTTONS})
        for form in forms_of(path, html)
    ]
    return [(client, form, sorted(visible & form.fields.keys())) for form in sent]


@pytest.fixture
def forms(admin_user, records):
    """Every form of the admin: the client that opened it, what it sends as it is, and the names of its inputs."""
    client, anonymous = Client(), Client()
    client.force_login(admin_user)
    nothing_open = PatientFactory()
    patients = [records[Patient][0], nothing_open]
    pages = [*paths(records), PASSWORD_CHANGE, *(f"{TAKE_PAYMENT}?patient={patient.pk}" for patient in patients)]
    found = [form for path in pages for form in forms_on(client, path, client.get(path))]
    for action in BULK:
        chosen = {"action": action, "_selected_action": [invoice.pk for invoice in records[Invoice]]}
        found += forms_on(client, "/admin/billing/invoice/", client.post("/admin/billing/invoice/", chosen))
    found += forms_on(anonymous, LOGIN, anonymous.get(LOGIN))
    tag = "/admin/billing/tag/add/"
    found += forms_on(anonymous, tag, anonymous.post(tag, {"name": "new"}))
    return list(
        {
            kind_of(form, names): (sender, form, names)
            for sender, form, names in found
            if names and form.path != LANGUAGE
        }.values()
    )


def kind_of(form, names):
    """Return what makes a form another one: its address without the record, and its inputs."""
    match = resolve(urlsplit(form.path).path)
    words = [word for word in match.kwargs.values() if str(word).replace("-", "").isalpha()]
    return (match.route, *words, *names)


def without_input(form, names):
    """Yield the fields of a form that is sent without its inputs, with all of them wrong, and with wrong tokens."""
    fields = form.fields
    yield {name: value for name, value in fields.items() if name not in names}
    yield {**fields, **dict.fromkeys(names, WRONG)}
    kept = {"form", *names, *(name for name in fields if name.endswith("_FORMS"))}
    yield {name: value if name in kept else WRONG for name, value in fields.items()}


def walk(forms):
    """Send the forms; return how many fields were refused, and the errors that the user would not find."""
    silent, refused = [], 0
    for sender, form, names in forms:
        for fields in without_input(form, names):
            with transaction.atomic():
                response = sender.post(form.path, fields)
                transaction.set_rollback(True)
            if response.status_code in {302, 400} or response.streaming:
                continue
            refused += sum(len(wrong.errors) for wrong in wrong_forms(response))
            silent += [f"{form.path} {fields}: {each}" for each in misplaced_errors(response)]
            is_other_page = response.status_code == 403 or "action" in fields  # a login, or the preview of an action
            if not is_other_page and not has_explanation(response):
                silent.append(f"{form.path} {fields}: {response.status_code}, and says nothing")
    return refused, silent


def one_wrong_field(form, names):
    """Yield each field that can be wrong, with what a form sends in which only it is; all items of a draft are sent."""
    fields = dict(form.fields)
    if rows := {name.split("-")[1] for name in names if name.startswith("row-")}:
        fields["row"] = sorted(rows)
    for name in names:
        if name not in NEVER_WRONG and "__prefix__" not in name:
            yield name, {**fields, name: WRONG}


def walk_field_by_field(forms):
    """Send the forms with one wrong field at a time.

    Return how many fields were refused, those that were accepted, and the errors that the user would not find.
    """
    refused, accepted, silent = 0, [], []
    for sender, form, names in forms:
        for name, fields in one_wrong_field(form, names):
            with transaction.atomic():
                response = sender.post(form.path, fields)
                transaction.set_rollback(True)
            if {name, re.sub("_[01]$", "", name)} & names_at_fault(response):
                refused += 1
                silent += [f"{form.path} {name}: {each}" for each in misplaced_errors(response)]
            elif response.status_code != 403:  # a login comes first
                accepted.append(f"{form.path} {name}: {response.status_code}")
    return refused, accepted, silent


def names_at_fault(response):
    """Return the names of the inputs that have errors."""
    wrong = wrong_forms(response)
    return {form[field].html_name for form in wrong for field in form.errors if field in form.fields}


class TestEveryForm:
    def test_errors_are_next_to_their_fields_and_the_first_has_the_focus(self, forms):
        refused, silent = walk(forms)

        assert silent == []
        assert (len(forms), sum(len(names) for _, _, names in forms), refused) > (35, 150, 150)

    @pytest.mark.long
    def test_each_wrong_field_is_refused_next_to_itself_and_the_first_has_the_focus(self, forms):
        refused, accepted, silent = walk_field_by_field(forms)

        assert silent == []
        assert accepted == []
        assert refused > 150


class TestTakePayment:
    def test_payment_is_taken_when_nothing_is_open(self, clerk_client):
        patient = PatientFactory()
        path = f"{TAKE_PAYMENT}?patient={patient.pk}"
        form = next(each for each in forms_of(path, clerk_client.get(path).content.decode()) if "once" in each.fields)

        clerk_client.post(form.path, {**form.fields, "amount": "50.00", "excess": "on"})

        assert [payment.amount for payment in Payment.objects.filter(patient=patient)] == [50]
