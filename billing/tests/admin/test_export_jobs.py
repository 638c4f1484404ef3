"""Exports of many rows as jobs: the job, its file, and who may have it."""

import csv
import io

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from billing.admin import export_files, export_jobs, exports
from billing.models import CreditNote, Invoice, Payment, Refund, WriteOff
from billing.roles import GROUPS
from billing.tests.admin.test_invoice_list import LIST
from billing.tests.factories import ClerkFactory, InvoiceFactory
from clinic.admin import list_url
from clinic.jobs.worker import Worker
from clinic.models import Job
from clinic.testing import compact_html, run_jobs


@pytest.fixture
def many(monkeypatch):
    """Three invoices, which are more than are exported at once."""
    monkeypatch.setattr(export_jobs, "MAX_DIRECT_ROWS", 2)
    return InvoiceFactory.create_batch(3, total="1234.50")


def start(client, kind="csv", query="", **headers):
    """Start the export and return its job."""
    response = client.post(f"{LIST}export/{kind}/{query}", headers=headers)
    assert response.status_code == 302, response
    return Job.objects.get(pk=response.url.rstrip("/").rpartition("/")[2])


def download(client, job):
    return client.get(f"/admin/clinic/job/{job.pk}/file/")


def content(client, job):
    return b"".join(download(client, job).streaming_content)


class TestStart:
    def test_short_list_is_exported_at_once(self, auditor_client, many, monkeypatch):
        monkeypatch.setattr(export_jobs, "MAX_DIRECT_ROWS", 3)

        response = auditor_client.post(f"{LIST}export/csv/")

        assert response.status_code == 200
        assert not Job.objects.exists()

    def test_long_list_becomes_a_job_with_a_page(self, auditor_client, auditor, many):
        response = auditor_client.post(f"{LIST}export/xlsx/", follow=True)

        job = Job.objects.get()
        assert (job.kind, job.requested_by, job.state) == ("export", auditor, "queued")
        assert response.redirect_chain == [(f"/admin/clinic/job/{job.pk}/", 302)]
        assert "Invoices (XLSX)" in response.content.decode()

    def test_link_starts_no_job_and_leads_to_the_buttons(self, auditor_client, many):
        response = auditor_client.get(f"{LIST}export/csv/?total_amount_from=1", follow=True)

        assert not Job.objects.exists()
        assert response.redirect_chain == [(f"{LIST}?total_amount_from=1", 302)]
        assert "More than 2 rows" in response.content.decode()

    def test_same_export_is_one_job_until_it_is_done(self, auditor_client, many):
        first = start(auditor_client)

        assert start(auditor_client) == first
        assert start(auditor_client, "xlsx") != first

    def test_same_export_of_somebody_else_is_another_job(self, auditor_client, clerk_client, many):
        assert start(auditor_client) != start(clerk_client)

    def test_user_has_few_unfinished_jobs(self, auditor_client, many):
        for amount in range(5):
            start(auditor_client, query=f"?total_amount_from={amount}")

        response = auditor_client.post(f"{LIST}export/csv/?total_amount_from=9", follow=True)
        assert Job.objects.count() == 5
        assert "Several of your jobs are not finished yet." in response.content.decode()

    def test_all_rows_of_the_list_chosen_by_the_action_become_a_job(self, auditor_client, many):
        form = {"action": "export_csv", "_selected_action": [str(many[0].pk)], "index": "0", "select_across": "1"}

        auditor_client.post(f"{LIST}?total_amount_from=1", form)

        assert Job.objects.get().parameters["query"] == "total_amount_from=1"

    def test_rows_chosen_one_by_one_are_exported_at_once(self, auditor_client, many):
        form = {"action": "export_csv", "_selected_action": [str(each.pk) for each in many], "index": "0"}

        assert auditor_client.post(LIST, form).status_code == 200


class TestFile:
    @pytest.mark.parametrize("model", [Invoice, Payment, Refund, CreditNote, WriteOff])
    def test_every_list_is_exported_by_a_job(self, auditor_client, monkeypatch, model):
        monkeypatch.setattr(export_jobs, "MAX_DIRECT_ROWS", 0)
        InvoiceFactory(refunded="30.00")
        InvoiceFactory(credited=True)
        InvoiceFactory(written_off=True)

        response = auditor_client.post(f"{list_url(model)}export/csv/")
        run_jobs()

        job = Job.objects.get()
        rows = list(csv.reader(io.StringIO(content(auditor_client, job).decode("utf-8-sig"))))
        assert response.status_code == 302
        assert job.result == {"rows": len(rows) - 1}
        assert len(rows) == model.objects.count() + 1 > 1

    def test_csv_is_the_same_as_at_once(self, auditor_client, many, monkeypatch):
        job = start(auditor_client)
        run_jobs()
        monkeypatch.setattr(export_jobs, "MAX_DIRECT_ROWS", 3)

        assert content(auditor_client, job) == b"".join(auditor_client.get(f"{LIST}export/csv/").streaming_content)

    def test_workbook_has_the_rows_of_the_query(self, auditor_client, many):
        InvoiceFactory(total="5.00")
        job = start(auditor_client, "xlsx", "?total_amount_from=1000")
        run_jobs()

        sheet = load_workbook(io.BytesIO(content(auditor_client, job))).active

        numbers = {row[0].value for row in list(sheet.iter_rows())[1:]}
        assert numbers == {invoice.reg_number for invoice in many}

    def test_file_is_in_the_language_of_the_user(self, auditor_client, many):
        job = start(auditor_client, **{"Accept-Language": "de"})
        run_jobs()

        assert content(auditor_client, job).decode("utf-8-sig").startswith("Nummer;Status;")

    def test_download_has_name_type_and_length(self, auditor_client, many, noon):
        job = start(auditor_client)
        run_jobs()

        response = download(auditor_client, job)

        assert response["Content-Disposition"] == 'attachment; filename="invoices-2026-06-15.csv"'
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert int(response["Content-Length"]) == len(b"".join(response.streaming_content))

    def test_export_and_download_are_logged(self, auditor_client, auditor, many, caplog):
        with caplog.at_level("INFO", logger="clinic.exports"):
            job = start(auditor_client)
            run_jobs()
            content(auditor_client, job)

        lines = [record.msg for record in caplog.records if record.name == "clinic.exports"]
        assert [(line["event"], line["user_id"]) for line in lines] == [
            ("exported", auditor.pk),
            ("downloaded", auditor.pk),
        ]
        assert lines[0]["rows"] == 3

    def test_workbook_has_no_more_rows_than_excel_allows(self, auditor_client, many, monkeypatch):
        monkeypatch.setitem(export_files.FORMATS, "xlsx", export_files.FORMATS["xlsx"]._replace(max_rows=2))
        job = start(auditor_client, "xlsx")
        run_jobs()

        job.refresh_from_db()
        assert (job.state, job.error) == ("failed", "too_many_rows")
        assert (
            "more rows than a workbook can have" in auditor_client.get(f"/admin/clinic/job/{job.pk}/").content.decode()
        )

    def test_statements_do_not_grow_with_the_rows_of_a_batch(self, auditor_client, many, django_assert_max_num_queries):
        def statements():
            start(auditor_client)
            with django_assert_max_num_queries(40) as queries:
                run_jobs()
            return len(queries)

        few = statements()
        InvoiceFactory.create_batch(4)

        assert statements() == few

    def test_progress_counts_the_rows(self, auditor_client, many, monkeypatch):
        monkeypatch.setattr(exports, "BATCH_SIZE", 2)
        start(auditor_client)
        run_jobs()

        assert (Job.objects.get().steps_done, Job.objects.get().steps_total) == (3, 3)


class TestRights:
    def test_user_who_lost_the_role_gets_no_file(self, auditor_client, auditor, many):
        job = start(auditor_client)
        run_jobs()
        auditor.groups.clear()

        assert download(auditor_client, job).status_code == 403
        assert "invoices-" not in auditor_client.get(f"/admin/clinic/job/{job.pk}/").content.decode()

    def test_user_who_lost_the_role_before_the_job_runs_gets_no_rows(self, auditor_client, auditor, many):
        start(auditor_client)
        auditor.groups.clear()
        run_jobs()

        assert (Job.objects.get().state, Job.objects.get().error) == ("failed", "permission_denied")

    @pytest.mark.parametrize("role", GROUPS)
    def test_job_of_somebody_else_is_seen_by_supervisors_only(self, auditor_client, many, role):
        job = start(auditor_client)
        run_jobs()
        other = Client()
        other.force_login(ClerkFactory(username=f"other-{role}", role=role))

        may = role == "supervisor"
        for page in ("", "file/", "progress/"):
            assert other.get(f"/admin/clinic/job/{job.pk}/{page}").status_code == (200 if may else 404), page
        assert other.post(f"/admin/clinic/job/{job.pk}/cancel/").status_code == (302 if may else 404)
        assert ("Invoices (CSV)" in other.get("/admin/clinic/job/").content.decode()) == may

    def test_login_without_the_admin_reaches_no_job(self, client, outsider, auditor_client, many):
        job = start(auditor_client)
        run_jobs()

        for user in (None, outsider):
            if user:
                client.force_login(user)
            for page in ("", "file/", "progress/"):
                assert client.get(f"/admin/clinic/job/{job.pk}/{page}").status_code in (302, 403)

    def test_file_that_is_not_made_does_not_exist(self, auditor_client, many):
        assert download(auditor_client, start(auditor_client)).status_code == 404


class TestPages:
    def test_page_shows_that_no_worker_is_running(self, auditor_client, many):
        job = start(auditor_client)

        assert "No worker is running" in auditor_client.get(f"/admin/clinic/job/{job.pk}/").content.decode()

    def test_page_with_a_worker_shows_no_warning(self, auditor_client, many):
        Worker().give_sign_of_life()
        job = start(auditor_client)

        assert "No worker is running" not in auditor_client.get(f"/admin/clinic/job/{job.pk}/").content.decode()

    def test_progress_is_a_fragment_until_the_job_is_finished(self, auditor_client, many):
        job = start(auditor_client)
        Job.objects.update(state="running", leased_until=timezone.now(), steps_done=1200, steps_total=2400)
        url = f"/admin/clinic/job/{job.pk}/progress/"

        shown = compact_html(auditor_client.get(url))
        assert "1,200 of 2,400" in shown
        assert 'value="50"' in shown

        Job.objects.update(state="done", leased_until=None)
        assert auditor_client.get(url)["HX-Refresh"] == "true"

    def test_cancel_button_cancels(self, auditor_client, many):
        job = start(auditor_client)

        response = auditor_client.post(f"/admin/clinic/job/{job.pk}/cancel/", follow=True)

        assert "It was cancelled." in response.content.decode()
        assert run_jobs() == 0
        assert auditor_client.get(f"/admin/clinic/job/{job.pk}/cancel/").status_code == 405

    def test_list_shows_jobs_with_state_progress_and_file(self, auditor_client, many):
        start(auditor_client, "xlsx")
        run_jobs()
        start(auditor_client)

        shown = compact_html(auditor_client.get("/admin/clinic/job/"))

        for text in ("Invoices (XLSX)", "Done", "3 of 3", ".xlsx</a>", "Invoices (CSV)", "Waiting", "Cancel the job"):
            assert text in shown

    def test_list_in_german(self, auditor_client, many):
        start(auditor_client)

        shown = compact_html(auditor_client.get("/admin/clinic/job/", headers={"Accept-Language": "de"}))

        assert "Exporte und Aufträge" in shown
        assert "Rechnungen (CSV)" in shown

    def test_statements_of_the_list_do_not_grow(self, auditor_client, many, django_assert_max_num_queries):
        def statements():
            with django_assert_max_num_queries(25) as queries:
                auditor_client.get("/admin/clinic/job/")
            return len(queries)

        start(auditor_client)
        statements()
        few = statements()
        start(auditor_client, "xlsx")

        assert statements() == few
