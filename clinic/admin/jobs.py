"""Pages of jobs: the list of one's own, and for each its progress, its result, its file, and a button that cancels it.

Users with the permission to view jobs see those of others; to anybody else they do not exist. The result and the file
need the permissions of the kind as well, at each request.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import structlog
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.admin.pages import AdminPage, Breadcrumb
from clinic.admin.sidebar import OPERATIONS, SidebarEntry, add_to_sidebar
from clinic.admin.site import register_page
from clinic.i18n.lazy_text import LazyText
from clinic.jobs.files import chunks_of
from clinic.jobs.kinds import KINDS
from clinic.jobs.queue import cancel_job, is_worker_alive, queue_job
from clinic.models import Job, JobState

VIEW_ALL_JOBS = "clinic.view_job"
MAX_UNFINISHED = 5  # jobs of one user that wait or run
MAX_LISTED = 100

BADGES = {
    JobState.QUEUED: "default",
    JobState.RUNNING: "info",
    JobState.DONE: "success",
    JobState.FAILED: "danger",
    JobState.CANCELLED: "warning",
}
ERRORS: dict[str, LazyText] = {
    "permission_denied": _("Your role does not allow this."),
    "invalid": _("The list has a filter that cannot be read."),
    "too_many_rows": _("The list has more rows than a workbook can have. Narrow the list, or export it as CSV."),
    "worker_lost": _("It was interrupted several times. Ask your administrator."),
}
UNKNOWN_ERROR = _("An error occurred. Try again later, or ask your administrator.")

JobResult = Callable[[Job, Any], tuple[str, dict[str, Any]]]
"""Called with a job and its result; returns a template and its context."""

_results: dict[str, JobResult] = {}

log = structlog.get_logger("clinic.exports")

add_to_sidebar(SidebarEntry(OPERATIONS, 10, _("Exports and jobs"), "pending_actions", "admin:jobs", ""))


def register_job_result(kind: str) -> Callable[[JobResult], JobResult]:
    """Register a function that returns the template of the results of a kind of job, and its context."""

    def register(function: JobResult) -> JobResult:
        _results[kind] = function
        return function

    return register


def start_job(
    request: HttpRequest, kind: str, parameters: dict[str, Any], *, more: dict[str, Any] | None = None
) -> HttpResponseRedirect:
    """Queue a job of the user and redirect to its page; one with the same parameters is not queued twice at a time.

    Parameters in `more` may differ. Redirects to the list of jobs, with a message, if too many of the user's jobs wait
    or run.
    """
    user: Any = request.user
    key = f"{user.pk}:{_digest(parameters)}"
    unfinished = Job.objects.unfinished().filter(requested_by=user)
    if unfinished.exclude(kind=kind, unique_key=key).count() >= MAX_UNFINISHED:
        messages.warning(request, gettext("Several of your jobs are not finished yet. Wait for them, or cancel one."))
        return redirect("admin:jobs")
    job = queue_job(kind, {**parameters, **(more or {})}, by=user, unique_key=key)
    return redirect("admin:job", pk=job.pk)


def _digest(parameters: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()


def visible_jobs(request: HttpRequest) -> QuerySet[Job]:
    """Return the jobs that the user may see: their own, or all."""
    jobs = Job.objects.select_related("requested_by")
    return jobs if request.user.has_perm(VIEW_ALL_JOBS) else jobs.filter(requested_by=request.user.pk)


class JobView:
    """A job as the pages show it."""

    def __init__(self, job: Job, request: HttpRequest) -> None:
        self.job = job
        self.kind = KINDS.get(job.kind)
        self.may_see_result = self.kind is not None and request.user.has_perms(self.kind.permissions(job))

    @property
    def title(self) -> str:
        return self.kind.title(self.job) if self.kind else self.job.kind

    @property
    def author(self) -> str:
        """The name of the user who requested the job; "" for the system."""
        user = self.job.requested_by
        return (user.get_full_name() or user.get_username()) if user else ""

    @property
    def badge(self) -> str:
        return BADGES[JobState(self.job.state)]

    @property
    def error(self) -> LazyText:
        return ERRORS.get(self.job.error, UNKNOWN_ERROR)

    @property
    def percent(self) -> int:
        return min(100, 100 * self.job.steps_done // max(1, self.job.steps_total or 0))

    @property
    def progress(self) -> str:
        """The steps that are done, as “1,000 of 2,345”; "" where their number is not known."""
        if not self.job.steps_total:
            return ""
        done, total = (number_format(n, force_grouping=True) for n in (self.job.steps_done, self.job.steps_total))
        return gettext("%(done)s of %(total)s") % {"done": done, "total": total}


@register_page("clinic/job/", name="jobs")
class JobsPage(AdminPage):
    """The newest jobs of the user; of everybody for those who may view all."""

    title = _("Exports and jobs")
    permissions = ()
    template_name = "admin/jobs/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        jobs = [JobView(job, self.request) for job in visible_jobs(self.request)[:MAX_LISTED]]
        context = {"jobs": jobs, "shows_all": self.request.user.has_perm(VIEW_ALL_JOBS)}
        return super().get_context_data(**context, **_worker_context(view.job for view in jobs), **kwargs)


class OneJobPage(AdminPage):
    """Base of the pages of one job; 404 if the user may not see it."""

    permissions = ()

    @cached_property
    def view(self) -> JobView:
        """The job."""
        return JobView(get_object_or_404(visible_jobs(self.request), pk=self.kwargs["pk"]), self.request)


@register_page("clinic/job/<uuid:pk>/", name="job")
class JobPage(OneJobPage):
    """The progress of a job, which is refreshed by a script, or its result."""

    template_name = "admin/jobs/page.html"

    def get_title(self) -> LazyText:
        return self.view.title

    def get_breadcrumbs(self) -> list[Breadcrumb]:
        return [Breadcrumb(JobsPage.title, reverse("admin:jobs")), Breadcrumb(self.get_title())]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        job = self.view.job
        context = {"view": self.view, **_worker_context([job])}
        if self.view.may_see_result and job.result is not None and job.is_finished and job.kind in _results:
            context["result_template"], result = _results[job.kind](job, job.result)
            context |= result
        return super().get_context_data(**context, **kwargs)


@register_page("clinic/job/<uuid:pk>/progress/", name="job_progress")
class JobProgress(OneJobPage):
    """The progress as an HTML fragment; once the job is finished, htmx loads the page again."""

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        if self.view.job.is_finished:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "admin/jobs/progress.html", {"view": self.view, **_worker_context([self.view.job])})


@register_page("clinic/job/<uuid:pk>/cancel/", name="job_cancel")
class JobCancel(OneJobPage):
    """POST cancels the job."""

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002  # Django's signature
        return HttpResponseNotAllowed(["POST"])

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002  # Django's signature
        cancel_job(self.view.job)
        return redirect("admin:job", pk=self.view.job.pk)


@register_page("clinic/job/<uuid:pk>/file/", name="job_file")
class JobFile(OneJobPage):
    """The file of a job, sent in constant memory. The download is logged."""

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> Any:
        job = self.view.job
        if not self.view.may_see_result:
            raise PermissionDenied
        if not job.has_file:
            raise Http404
        log.info("downloaded", job_id=str(job.pk), kind=job.kind, bytes=job.file_size, user_id=request.user.pk)
        response = StreamingHttpResponse(chunks_of(job), content_type=job.file_type)
        response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=job.file_name)
        response["Content-Length"] = job.file_size
        return response


def _worker_context(jobs: Any) -> dict[str, Any]:
    """Return whether a job waits although no worker is alive."""
    is_waiting = any(not job.is_finished for job in jobs)
    return {"no_worker": is_waiting and not is_worker_alive(at=timezone.now())}
