"""Bulk actions on many invoices as a job: outcomes, interruption, repetition."""

import pytest

from billing.admin.invoice_list import bulk_views
from billing.models import Invoice, InvoiceEvent, WriteOff
from billing.tests.admin.test_bulk_actions import BATCH, run
from billing.tests.factories import InvoiceFactory
from clinic.jobs.running import JobRun, WorkerStopping
from clinic.jobs.worker import Worker
from clinic.models import Job
from clinic.testing import compact_html, run_jobs


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch):
    """More than two invoices become a job."""
    monkeypatch.setattr(bulk_views, "MAX_DIRECT_INVOICES", 2)


def issued():
    return Invoice.objects.filter(status="ISSUED").count()


def interrupt_after(monkeypatch, count):
    """Interrupt the next run of a job after so many invoices, as when its worker ends."""
    progress = JobRun.progress

    def interrupted(self, done, total=None):
        if done == count:
            monkeypatch.setattr(JobRun, "progress", progress)
            raise WorkerStopping
        progress(self, done, total)

    monkeypatch.setattr(JobRun, "progress", interrupted)


def test_few_invoices_are_processed_at_once(supervisor_client):
    run(supervisor_client, "issue", *InvoiceFactory.create_batch(2))

    assert issued() == 2
    assert not Job.objects.exists()


def test_many_invoices_become_a_job_with_a_table_of_outcomes(supervisor_client, supervisor):
    drafts = [*InvoiceFactory.create_batch(3), InvoiceFactory(items=[])]

    page = run(supervisor_client, "issue", *drafts).url
    assert issued() == 0
    run_jobs()

    shown = compact_html(supervisor_client.get(page))
    assert issued() == 3
    assert "3 invoices were processed. 1 was not, for the reason shown." in shown
    for draft in Invoice.objects.filter(status="ISSUED"):
        assert f"Issued as {draft.reg_number}." in shown
    event = InvoiceEvent.objects.filter(kind="issued").first()
    assert (event.created_by, event.client) == (supervisor, "admin")
    assert (Job.objects.get().steps_done, Job.objects.get().steps_total) == (4, 4)


def test_interrupted_job_goes_on_with_the_invoices_that_are_not_done(supervisor_client, monkeypatch):
    page = run(supervisor_client, "issue", *InvoiceFactory.create_batch(4)).url
    interrupt_after(monkeypatch, 2)

    run_jobs()

    shown = compact_html(supervisor_client.get(page))
    assert "4 invoices were processed." in shown
    assert InvoiceEvent.objects.filter(kind="issued").count() == 4
    assert "Somebody has changed it" not in shown


def test_cancelled_job_shows_what_was_done(supervisor_client, monkeypatch):
    page = run(supervisor_client, "issue", *InvoiceFactory.create_batch(4)).url
    interrupt_after(monkeypatch, 1)
    Worker().run_next()
    assert issued() == 1
    supervisor_client.post(f"{page}cancel/")

    shown = compact_html(supervisor_client.get(page))
    assert "It was cancelled." in shown
    assert "1 invoice was processed." in shown


def test_action_that_is_sent_again_does_nothing_twice(supervisor_client):
    invoices = [InvoiceFactory(overdue=True) for _ in range(3)]
    first = run(supervisor_client, "write-off", *invoices, reason="Moved abroad", **BATCH)
    again = run(supervisor_client, "write-off", *invoices, reason="Moved abroad", **BATCH)
    run_jobs()
    run(supervisor_client, "write-off", *invoices, reason="Moved abroad", **BATCH)
    run_jobs()

    assert first.url == again.url
    assert WriteOff.objects.count() == 3
    assert {str(row.batch_id) for row in WriteOff.objects.all()} == {BATCH["batch_id"]}


def test_tags_of_many_invoices_are_changed(supervisor_client):
    invoices = InvoiceFactory.create_batch(3, tags=["Old"])
    run(supervisor_client, "tag", *invoices, add="Recall", remove="old")
    run_jobs()

    assert [list(invoice.tags.values_list("name", flat=True)) for invoice in invoices] == [["Recall"]] * 3


def test_user_who_lost_the_role_before_the_job_runs_changes_nothing(supervisor_client, supervisor):
    run(supervisor_client, "issue", *InvoiceFactory.create_batch(3))
    supervisor.groups.clear()
    run_jobs()

    assert (issued(), Job.objects.get().error) == (0, "permission_denied")


def test_each_invoice_is_a_transaction_that_stores_its_outcome(supervisor_client, monkeypatch):
    """An error of the database after the change undoes the outcome too."""
    run(supervisor_client, "issue", *InvoiceFactory.create_batch(3))
    save_result, calls = JobRun.save_result, []

    def fail_at_the_second(self, result):
        save_result(self, result)
        calls.append(1)
        if len(calls) == 2:
            raise ConnectionError

    monkeypatch.setattr(JobRun, "save_result", fail_at_the_second)
    run_jobs()

    assert issued() == len(Job.objects.get().result) == 1
