"""Exports: a short list is answered at once, a long one is a job. Each is logged with its user and number of rows."""

from collections.abc import Callable, Iterable, Iterator
from tempfile import TemporaryFile
from typing import Any

import structlog
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext

from billing.admin.export_files import FORMATS
from billing.admin.exports import Export
from clinic.admin import list_url
from clinic.admin.jobs import start_job
from clinic.domain.dates import today
from clinic.jobs.kinds import JobFailed, job_kind
from clinic.jobs.running import JobRun
from clinic.models import Job

MAX_DIRECT_ROWS = 2_000  # that are written while somebody waits for the response

log = structlog.get_logger("clinic.exports")


def export_response(
    request: HttpRequest, export: Export, rows: QuerySet[Any], kind: str, *, query: str | None
) -> HttpResponseBase:
    """Return the rows as a file; start a job if they are more than MAX_DIRECT_ROWS.

    `query` is the query string of the list that the rows are all rows of, None if they were chosen one by one. A job is
    started by POST only: GET redirects to the list, with a message.
    """
    if query is not None and rows.order_by()[: MAX_DIRECT_ROWS + 1].count() > MAX_DIRECT_ROWS:
        if request.method != "POST":
            message = gettext("More than %(most)s rows: export them with the buttons below the list.")
            messages.warning(request, message % {"most": MAX_DIRECT_ROWS})
            return HttpResponseRedirect(list_url(rows.model, query))
        return start_job(request, "export", {"list": rows.model._meta.label_lower, "format": kind, "query": query})
    file = TemporaryFile()  # noqa: SIM115  # the response closes it
    _write(export, export.batches(rows), kind, file, user_id=request.user.pk)
    file.seek(0)
    name, content_type = _file_name(export, kind), FORMATS[kind].content_type
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)


def _write(
    export: Export,
    batches: Iterable[list[Any]],
    kind: str,
    file: Any,
    *,
    user_id: int | None,
    on_progress: Callable[[int], None] = lambda _count: None,
) -> int:
    """Write the file, log the export, and return its number of rows."""
    count = 0

    def counted() -> Iterator[list[Any]]:
        nonlocal count
        for batch in batches:
            yield batch
            count += len(batch)
            on_progress(count)

    FORMATS[kind].write(export, counted(), file)
    log.info("exported", list=export.name, kind=kind, rows=count, user_id=user_id)
    return count


def _file_name(export: Export, kind: str) -> str:
    return f"{export.name}-{today():%Y-%m-%d}.{kind}"


# -- The job


def _model_admin(job: Job) -> Any:
    return admin.site.get_model_admin(apps.get_model(job.parameters["list"]))


def _title(job: Job) -> str:
    return f"{_model_admin(job).list_export.title} ({job.parameters['format'].upper()})"


def _permissions(job: Job) -> list[str]:
    app_label, model_name = job.parameters["list"].split(".")
    return [f"{app_label}.view_{model_name}"]


@job_kind("export", title=_title, permissions=_permissions)
def run_export(run: JobRun) -> dict[str, int]:
    """Write the file of a list: `list` is its model, `query` the query string of its page, `format` csv or xlsx."""
    model_admin, kind = _model_admin(run.job), run.parameters["format"]
    request = HttpRequest()
    request.method, request.GET = "GET", QueryDict(run.parameters["query"])
    request.user = run.job.requested_by  # type: ignore[assignment]  # an export has a user
    if not model_admin.has_view_permission(request):
        raise JobFailed("permission_denied")
    try:
        rows = model_admin.filtered_rows(request)
    except IncorrectLookupParameters:
        raise JobFailed("invalid") from None
    total, max_rows = rows.order_by().count(), FORMATS[kind].max_rows
    if max_rows is not None and total > max_rows:
        raise JobFailed("too_many_rows")
    run.progress(0, total)
    export: Export = model_admin.list_export
    with TemporaryFile() as file:
        count = _write(export, export.batches(rows), kind, file, user_id=request.user.pk, on_progress=run.progress)
        run.store_file(file, name=_file_name(export, kind), content_type=FORMATS[kind].content_type)
    return {"rows": count}
