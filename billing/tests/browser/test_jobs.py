"""Pages of jobs in the browser: progress, file, cancelling, without scripts, in every look."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from billing.tests.browser.conftest import each_look, overflows
from clinic.jobs.queue import queue_job
from clinic.models import Job


@pytest.fixture
def export(live_database):
    """`export("supervisor")`: queue an export of the user, which the worker runs."""

    def queue(username, kind="csv"):
        user = User.objects.get(username=username)
        return queue_job("export", {"list": "billing.invoice", "format": kind, "query": ""}, by=user)

    return queue


@pytest.fixture
def running(live_database):
    """A job of the supervisor that runs on another worker, and is half done."""
    user = User.objects.get(username="supervisor")
    return Job.objects.create(
        kind="export",
        parameters={"list": "billing.payment", "format": "xlsx", "query": ""},
        requested_by=user,
        state="running",
        run_after=timezone.now(),
        created_at=timezone.now(),
        leased_until=timezone.now() + timedelta(hours=1),
        steps_done=1200,
        steps_total=2400,
    )


def path(job):
    return f"/admin/clinic/job/{job.pk}/"


def assert_accessible(page, axe, screenshot, name):
    for look in each_look(page):
        assert axe(page) == [], look
        assert not overflows(page), look
        screenshot(page, name)


def test_export_is_made_and_downloaded_by_keyboard(open_page, export, axe, screenshot):
    job = export("auditor")
    page = open_page("auditor")
    page.goto(path(job))
    link = page.get_by_role("link", name="Download invoices-")
    link.wait_for()

    assert_accessible(page, axe, screenshot, "job-done")
    with page.expect_download() as download:
        link.press("Enter")
    assert download.value.suggested_filename.endswith(".csv")
    assert download.value.path().read_bytes().startswith(b"\xef\xbb\xbfNumber,Status,")


def test_progress_is_refreshed_until_the_job_is_finished(open_page, running, axe, screenshot):
    page = open_page("supervisor")
    page.goto(path(running))
    page.get_by_text("1,200 of 2,400").wait_for()
    assert_accessible(page, axe, screenshot, "job-running")

    cancel = page.get_by_role("button", name="Cancel the job")
    cancel.focus()
    Job.objects.filter(pk=running.pk).update(steps_done=2000)
    page.get_by_text("2,000 of 2,400").wait_for()
    expect(cancel).to_be_focused()
    Job.objects.filter(pk=running.pk).update(state="failed", error="worker_lost", leased_until=None)

    page.get_by_text("It was interrupted several times.").wait_for()
    assert_accessible(page, axe, screenshot, "job-failed")


def test_job_is_cancelled_by_keyboard(open_page, running):
    page = open_page("supervisor")
    page.goto(path(running))
    page.get_by_role("button", name="Cancel the job").press("Enter")

    page.get_by_text("It is being cancelled.").wait_for()
    assert Job.objects.get(pk=running.pk).cancel_requested


def test_job_is_followed_and_downloaded_without_scripts(browser, clinic, sessions, running, export):
    context = browser.new_context(base_url=clinic.url, storage_state=sessions("supervisor"), java_script_enabled=False)
    page = context.new_page()
    page.goto(path(running))
    assert page.get_by_text("1,200 of 2,400").is_visible()
    Job.objects.filter(pk=running.pk).update(state="cancelled", leased_until=None)

    page.get_by_role("link", name="Refresh").click()

    assert page.get_by_text("It was cancelled.").is_visible()
    context.close()


def test_list_of_jobs_is_accessible(open_page, running, export, axe, screenshot):
    export("supervisor", "xlsx")
    page = open_page("supervisor")
    page.goto("/admin/")
    page.get_by_role("link", name="Exports and jobs").click()
    page.get_by_role("link", name="Payments (XLSX)").first.wait_for()

    assert_accessible(page, axe, screenshot, "jobs")


def test_short_list_is_exported_by_its_button(open_page):
    page = open_page("auditor")
    page.goto("/admin/billing/invoice/")

    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").press("Enter")
    assert download.value.suggested_filename.startswith("invoices-")
