"""Bulk actions on many invoices as a job: one transaction per invoice, in which its outcome is stored too.

A job that was interrupted goes on with the invoices that have no outcome yet, so none is processed twice.
"""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from billing.admin.invoice_list.bulk_actions import (
    BULK_ACTIONS,
    BulkAction,
    BulkResult,
    ChosenInvoice,
    Values,
    run_on,
)
from billing.models import Invoice
from billing.roles import READ_INVOICES
from clinic.admin import list_url
from clinic.admin.jobs import register_job_result, start_job
from clinic.domain.audit_context import audit_context, current_audit_context
from clinic.jobs.kinds import JobFailed, job_kind
from clinic.jobs.running import JobRun
from clinic.models import Job


def start_bulk_job(
    request: HttpRequest, action: BulkAction, chosen: list[ChosenInvoice], values: Values, *, back: str
) -> HttpResponseBase:
    """Start the job, and redirect to its page; `back` is the query string of the list."""
    parameters = {
        "action": action.key,
        "chosen": [(str(key), version) for key, version in chosen],
        "values": {name: str(value) if isinstance(value, UUID) else value for name, value in values.items()},
        "back": back,
    }
    request_id = current_audit_context().request_id
    return start_job(request, "bulk_action", parameters, more={"request_id": request_id})


def _action(job: Job) -> BulkAction:
    return BULK_ACTIONS[job.parameters["action"]]


@job_kind(
    "bulk_action",
    title=lambda job: str(_action(job).title),
    permissions=lambda _job: [READ_INVOICES.django_permission],
)
def run_bulk_job(run: JobRun) -> list[Any]:
    """Run the action on each invoice, and return the outcomes: id, version, whether it is done, message."""
    action, user = _action(run.job), run.job.requested_by
    if user is None or not user.has_perm(action.permission):
        raise JobFailed("permission_denied")
    values = dict(run.parameters["values"])
    if "batch_id" in values:
        values["batch_id"] = UUID(values["batch_id"])
    outcomes = list(run.job.result or [])
    processed = {outcome[0] for outcome in outcomes}
    chosen = run.parameters["chosen"]
    with audit_context(client="admin", request_id=run.parameters["request_id"]):
        for number, (key, version) in enumerate(chosen):
            run.progress(number, len(chosen))
            if key in processed:
                continue
            with run.transaction():
                invoice = Invoice.objects.select_related("patient").get(pk=key)
                result = run_on(action, invoice, version, values, by=user, at=timezone.now())
                outcomes.append([key, version, result.is_done, result.message])
                run.save_result(outcomes)
    run.progress(len(chosen))
    return outcomes


@register_job_result("bulk_action")
def show_outcomes(job: Job, outcomes: Any) -> tuple[str, dict[str, Any]]:
    """Return the template of the outcomes, and its context."""
    invoices = Invoice.objects.select_related("patient").in_bulk([UUID(key) for key, *_rest in outcomes])
    rows = [BulkResult(invoices[UUID(key)], *outcome) for key, *outcome in outcomes]
    done = sum(row.is_done for row in rows)
    back = list_url(Invoice, job.parameters["back"])
    context = {"action": _action(job), "rows": rows, "done": done, "refused": len(rows) - done, "back": back}
    return "admin/billing/invoice_list/bulk_outcomes.html", context
