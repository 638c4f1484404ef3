"""Every page of the admin, act and role: the same table as the API's."""

from itertools import product

import pytest
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.urls import reverse

from billing.roles import AUDITOR, GROUPS, SUPERVISOR, TABLE, allows
from billing.tests.admin.model_admins import model_admins
from billing.tests.factories import InvoiceFactory, ServiceFactory
from clinic.jobs.queue import queue_job
from clinic.testing import in_role, run_jobs
from patients.tests.factories import PatientFactory

pytestmark = pytest.mark.neutral

ACTS = ("view", "add", "change", "delete")
# What is written in the admin at all; the rest comes from verbs.
WRITTEN = {"patients.patient", "patients.appointment", "billing.tag", "billing.service"}
DRAFTED = ("billing.invoice", "add")  # by a page of its own, which is changed by a verb
AUDITED = {"auth.user", "auth.group"}
LOCKOUTS = "axes.accessattempt"  # supervisors let locked-out people in again


def granted(role, label, act):
    """Return whether the table allows a page."""
    app, model = label.split(".")
    if act == "view":
        is_of_role = (role == AUDITOR and label in AUDITED) or (role == SUPERVISOR and label == LOCKOUTS)
        return app in {"billing", "patients"} or is_of_role
    if act == "delete" or (label not in WRITTEN and (label, act) != DRAFTED):
        return False
    return any(allows(role, each) for each in TABLE if each.django_permission == f"{app}.{act}_{model}")


@pytest.fixture
def staff(db):
    return {role: in_role(User.objects.create_user(role, is_staff=True), role) for role in GROUPS}


class TestMatrix:
    def test_page_permission_is_that_of_the_table(self, staff):
        wrong, cells = {}, 0
        for (model, page), role, act in product(model_admins().items(), GROUPS, ACTS):
            request = RequestFactory().get("/admin/")
            request.user = staff[role]
            cells += 1
            if getattr(page, f"has_{act}_permission")(request) != granted(role, model._meta.label_lower, act):
                wrong[model._meta.label_lower, role, act] = "not as the table says"

        assert wrong == {}
        assert cells == len(model_admins()) * len(GROUPS) * len(ACTS)

    @pytest.mark.parametrize("role", GROUPS)
    def test_pages_follow_the_table(self, client, staff, role):
        client.force_login(staff[role])
        invoice, service = InvoiceFactory(paid=True), ServiceFactory()

        read = client.get(reverse("admin:billing_invoice_change", args=[invoice.pk]))
        write = client.post(reverse("admin:billing_service_change", args=[service.pk]), {"code": "X"})
        add = client.get(reverse("admin:patients_patient_add"))

        assert read.status_code == 200
        assert write.status_code == (200 if role == "supervisor" else 403)  # 200: the form is told what is missing
        assert add.status_code == (403 if role == AUDITOR else 200)


class TestJobs:
    @pytest.mark.parametrize("role", GROUPS)
    def test_everybody_sees_their_own_jobs_and_supervisors_those_of_all(self, client, staff, role):
        client.force_login(staff[role])
        list_of_invoices = {"list": "billing.invoice", "format": "csv", "query": ""}
        owners = {each: queue_job("export", list_of_invoices, by=user) for each, user in staff.items()}
        run_jobs()

        for owner, job in owners.items():
            may = owner == role or role == SUPERVISOR
            for page in ("job", "job_file", "job_progress"):
                status = client.get(reverse(f"admin:{page}", args=[job.pk])).status_code
                assert status == (200 if may else 404), (page, owner)
        shown = client.get(reverse("admin:jobs")).content.decode()
        assert shown.count("Invoices (CSV)") == (len(GROUPS) if role == SUPERVISOR else 1)


class TestPatientLogin:
    def test_clerk_may_not_link_a_login_to_a_patient(self, client, staff):
        client.force_login(staff["clerk"])
        patient, other = PatientFactory(), User.objects.create_user("ana")
        form = {"given_name": "Ana", "family_name": "Kim", "record_number": patient.record_number, "login": other.pk}
        inline = {"merged_patients-TOTAL_FORMS": "0", "merged_patients-INITIAL_FORMS": "0"}

        answer = client.post(reverse("admin:patients_patient_change", args=[patient.pk]), {**form, **inline})

        patient.refresh_from_db()
        assert answer.status_code == 302
        assert (patient.given_name, patient.login) == ("Ana", None)

    def test_user_administrator_may_link_a_login_to_a_patient(self, admin_client):
        patient, other = PatientFactory(), User.objects.create_user("ana")
        form = {"given_name": "Ana", "family_name": "Kim", "record_number": patient.record_number, "login": other.pk}
        inline = {"merged_patients-TOTAL_FORMS": "0", "merged_patients-INITIAL_FORMS": "0"}

        admin_client.post(reverse("admin:patients_patient_change", args=[patient.pk]), {**form, **inline})

        patient.refresh_from_db()
        assert patient.login == other
