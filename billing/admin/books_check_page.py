"""Admin page that checks the books by a job, and links to the records at fault."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.reports.books_check_results import BooksResult, Violation, books_result
from billing.roles import CLOSE_BOOKS
from clinic.admin import AdminPage, register_page
from clinic.admin.jobs import register_job_result, start_job
from clinic.jobs.kinds import JobFailed, job_kind
from clinic.jobs.running import JobRun
from clinic.models import Job

PERMISSION = CLOSE_BOOKS.django_permission


@register_page("billing/books-check/", name="billing_books_check")
class BooksCheck(AdminPage):
    """GET explains the check; POST starts it, as a job that changes nothing. For those who may close the books."""

    title = _("Check of the books")
    permissions = (PERMISSION,)
    template_name = "admin/billing/books_check/page.html"

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        return start_job(request, "books_check", {})


@job_kind("books_check", title=lambda _job: gettext("Check of the books"), permissions=lambda _job: [PERMISSION])
def run_books_check_job(run: JobRun) -> dict[str, Any]:
    """Check the books, and return the result as JSON."""
    user = run.job.requested_by
    if user is None or not user.has_perm(PERMISSION):
        raise JobFailed("permission_denied")

    @contextmanager
    def progress(total: int) -> Iterator[Callable[[int], None]]:
        done = 0
        run.progress(done, total)

        def advance(count: int) -> None:
            nonlocal done
            done += count
            run.progress(done)

        yield advance

    return books_result(progress=progress).as_json()


@register_job_result("books_check")
def show_result(_job: Job, stored: Any) -> tuple[str, dict[str, Any]]:
    """Return the template of a result, and its context."""
    result = BooksResult.from_json(stored)
    return "admin/billing/books_check/result.html", {"result": result, "violated": list(_violated(result))}


def _violated(result: BooksResult) -> Iterator[dict[str, Any]]:
    for invariant in result.violated:
        rows = [(violation.reported, _link(violation)) for violation in invariant.violations]
        yield {"invariant": invariant, "rows": rows}


def _link(violation: Violation) -> str:
    """Return the admin page of the record, or "" where there is none."""
    if not violation.model:
        return ""
    try:
        return reverse(f"admin:{violation.model.lower().replace('.', '_')}_change", args=[violation.record_id])
    except NoReverseMatch:
        return ""
