"""The queue: add a job, cancel it, delete old ones, and see whether a worker is alive."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language

from clinic.jobs.kinds import KINDS
from clinic.models import Job, JobChunk, JobState, JobWorker

WORKER_SILENCE = timedelta(minutes=1)
"""A worker that was not seen for so long is not running."""

DELETED_AT_ONCE = 100


def queue_job(
    kind: str,
    parameters: dict[str, Any],
    *,
    by: User | None = None,
    unique_key: str | None = None,
    run_after: datetime | None = None,
) -> Job:
    """Add a job and return it; with a unique key, return the job of the same kind and key where there is one.

    Call it in the transaction of the job's cause: the job exists if that commits, and not otherwise.
    """
    assert kind in KINDS, kind
    now = timezone.now()
    values = {
        "parameters": parameters,
        "requested_by": by,
        "language": get_language() or "en",
        "run_after": run_after or now,
        "created_at": now,
    }
    if unique_key is None:
        return Job.objects.create(kind=kind, **values)
    return Job.objects.get_or_create(kind=kind, unique_key=unique_key, defaults=values)[0]


def cancel_job(job: Job) -> None:
    """Cancel a job that waits, or whose worker is gone; ask the worker of a running one to stop."""
    now = timezone.now()
    ended = {"state": JobState.CANCELLED, "ended_at": now, "leased_until": None}
    if not KINDS[job.kind].keeps_key:
        ended["unique_key"] = None
    same = Job.objects.filter(pk=job.pk)
    if not same.filter(Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, leased_until__lt=now)).update(**ended):
        same.filter(state=JobState.RUNNING).update(cancel_requested=True)


def clear_expired_jobs(*, at: datetime) -> int:
    """Delete the jobs that ended longer ago than their kind is kept, with their files; return their number."""
    kept = {kind.name: kind.kept for kind in KINDS.values()}
    known = [*kept, *Job.objects.exclude(kind__in=kept).order_by().values_list("kind", flat=True).distinct()]
    count = 0
    for kind in known:
        expired = Job.objects.filter(kind=kind, ended_at__lte=at - kept.get(kind, timedelta(days=1)))
        while keys := list(expired.order_by("ended_at").values_list("pk", flat=True)[:DELETED_AT_ONCE]):
            for key in keys:  # a file is large: one transaction each
                JobChunk.objects.filter(job=key).delete()
            count += Job.objects.filter(pk__in=keys).delete()[0]
    return count


def is_worker_alive(*, at: datetime) -> bool:
    """Return whether a worker was seen within WORKER_SILENCE."""
    return JobWorker.objects.filter(seen_at__gt=at - WORKER_SILENCE).exists()
