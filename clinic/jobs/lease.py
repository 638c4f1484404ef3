"""Leases: take a job that is due, renew its lease, and end it; each is one short transaction.

A job whose lease has ended is due again. Its former worker, if it still runs, finds that it has lost the job: every
change names the worker and the attempt.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from clinic.jobs.kinds import KINDS, error_code_of, is_worth_a_retry
from clinic.models import Job, JobChunk, JobState

LEASE = timedelta(seconds=30)
FIRST_RETRY = timedelta(seconds=10)  # the next ones after four times as long, each


class LeaseLost(Exception):
    """Another worker has taken the job over, or it was deleted."""


def take_job(*, worker: str, kinds: Collection[str] | None = None) -> Job | None:
    """Lease the job that is due for the longest time to a worker; None if none of these kinds (None: any) is due."""
    due = Job.objects.due(timezone.now()).filter(kind__in=KINDS if kinds is None else kinds)
    while due.exists():  # without the lock that a transaction of SQLite begins with
        with transaction.atomic():
            job = due.select_for_update(skip_locked=True).order_by("run_after", "created_at").first()
            if job is None:
                return None
            if _lease(job, worker):
                return job
    return None


def _lease(job: Job, worker: str) -> bool:
    """Lease a locked job; return False if it is ended instead, since its last worker was lost once too often."""
    now = timezone.now()
    if job.state == JobState.RUNNING and (job.cancel_requested or job.attempts >= KINDS[job.kind].max_attempts):
        is_cancelled = job.cancel_requested
        job.state = JobState.CANCELLED if is_cancelled else JobState.FAILED
        job.error = "" if is_cancelled else "worker_lost"
        job.leased_until, job.ended_at, job.unique_key = None, now, None
        job.save(update_fields=["state", "error", "leased_until", "ended_at", "unique_key"])
        return False
    job.state, job.worker, job.leased_until = JobState.RUNNING, worker, now + LEASE
    job.attempts += 1
    job.started_at = now
    job.save(update_fields=["state", "worker", "leased_until", "attempts", "started_at"])
    return True


def leased(job: Job) -> QuerySet[Job]:
    """Return the row of a job while its lease belongs to this run of it; no row afterwards."""
    return Job.objects.filter(pk=job.pk, state=JobState.RUNNING, worker=job.worker, attempts=job.attempts)


def renew_lease(job: Job, *, steps_done: int, steps_total: int | None) -> bool:
    """Renew the lease, store the progress, and return whether the job is to be cancelled. LeaseLost."""
    progress = {"steps_done": steps_done, "steps_total": steps_total}
    if not leased(job).update(leased_until=timezone.now() + LEASE, **progress):
        raise LeaseLost
    return leased(job).filter(cancel_requested=True).exists()


def return_job(job: Job) -> None:
    """Put a job that its worker cannot finish back into the queue; the attempt does not count."""
    leased(job).update(
        state=JobState.QUEUED, leased_until=None, worker="", attempts=job.attempts - 1, run_after=timezone.now()
    )


def finish_job(job: Job, result: Any, *, steps_done: int, steps_total: int | None) -> None:
    """Store the result of a job that is done. LeaseLost."""
    progress = {"steps_done": steps_done, "steps_total": steps_total}
    _end(job, JobState.DONE, result=result, **progress)


def cancel_run(job: Job) -> None:
    """End a job that was cancelled while it ran; its result so far stays. LeaseLost."""
    _end(job, JobState.CANCELLED)


def fail_job(job: Job, error: Exception) -> bool:
    """End a job that raised an error, or queue it for another attempt; return whether it ended. LeaseLost."""
    kind = KINDS[job.kind]
    if is_worth_a_retry(error) and job.attempts < kind.max_attempts:
        pause = FIRST_RETRY * 4 ** (job.attempts - 1)
        retry = {"state": JobState.QUEUED, "leased_until": None, "run_after": timezone.now() + pause}
        if not leased(job).update(**retry):
            raise LeaseLost
        return False
    _end(job, JobState.FAILED, error=error_code_of(error))
    return True


def _end(job: Job, state: JobState, **values: Any) -> None:
    values |= {"state": state, "leased_until": None, "ended_at": timezone.now()}
    if not KINDS[job.kind].keeps_key:
        values["unique_key"] = None
    with transaction.atomic():
        if not leased(job).update(**values):
            raise LeaseLost
        if state != JobState.DONE:
            JobChunk.objects.filter(job=job).delete()
