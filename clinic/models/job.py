"""Job: work that a worker does outside of a request; JobChunk: a piece of its file; JobWorker: a worker's sign of life.

The functions in clinic/jobs change these rows.
"""

from datetime import datetime
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

KIND_LENGTH = 50
UNIQUE_KEY_LENGTH = 200
WORKER_LENGTH = 100


class JobState(models.TextChoices):
    """The states of a job."""

    QUEUED = "queued", pgettext_lazy("job", "Waiting")
    RUNNING = "running", pgettext_lazy("job", "Running")
    DONE = "done", pgettext_lazy("job", "Done")
    FAILED = "failed", pgettext_lazy("job", "Failed")
    CANCELLED = "cancelled", pgettext_lazy("job", "Cancelled")


class JobQuerySet(models.QuerySet["Job"]):
    def unfinished(self) -> Self:
        """Return the jobs that wait or run."""
        return self.filter(state__in=[JobState.QUEUED, JobState.RUNNING])

    def due(self, at: datetime) -> Self:
        """Return the jobs that a worker may take: those that wait, and those whose worker let its lease end."""
        is_waiting = Q(state=JobState.QUEUED, run_after__lte=at)
        return self.filter(is_waiting | Q(state=JobState.RUNNING, leased_until__lt=at))


class Job(models.Model):
    """Work of one kind with its parameters, and its result.

    A worker runs it under a lease, which it renews. `worker` and `attempts` together name the run that has the lease:
    a worker that lost it can no longer change the row.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=KIND_LENGTH, verbose_name=pgettext_lazy("job", "kind"))
    parameters = models.JSONField(default=dict)
    # The same cause never queues twice; null: no such rule, or free again since the job has ended.
    unique_key = models.CharField(max_length=UNIQUE_KEY_LENGTH, null=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,  # by the system
        related_name="+",
        db_index=False,  # job_by_user begins with it
        verbose_name=_("requested by"),
    )
    language = models.CharField(max_length=10, default="en", verbose_name=_("language"))
    state = models.CharField(
        max_length=9, choices=JobState.choices, default=JobState.QUEUED, verbose_name=pgettext_lazy("job", "state")
    )
    run_after = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=WORKER_LENGTH, blank=True)
    leased_until = models.DateTimeField(null=True)
    cancel_requested = models.BooleanField(default=False)
    steps_done = models.PositiveIntegerField(default=0)
    steps_total = models.PositiveIntegerField(null=True)
    result = models.JSONField(null=True)
    error = models.CharField(max_length=50, blank=True)  # a code
    file_name = models.CharField(max_length=200, blank=True)
    file_type = models.CharField(max_length=100, blank=True)
    file_size = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(verbose_name=_("created at"))
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        default_permissions = ("view",)  # those of other users too
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "unique_key"], name="job_unique_key"),
            models.CheckConstraint(
                condition=Q(state=JobState.RUNNING, leased_until__isnull=False)
                | (~Q(state=JobState.RUNNING) & Q(leased_until=None)),
                name="job_has_a_lease_while_it_runs",
            ),
        ]
        indexes = [
            models.Index(fields=["run_after"], condition=Q(state=JobState.QUEUED), name="job_queued"),
            models.Index(fields=["leased_until"], condition=Q(state=JobState.RUNNING), name="job_running"),
            models.Index(fields=["requested_by", "created_at"], name="job_by_user"),
            models.Index(fields=["kind", "ended_at"], name="job_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_finished(self) -> bool:
        """True once the job is done, failed or cancelled."""
        return self.state not in (JobState.QUEUED, JobState.RUNNING)

    @property
    def has_file(self) -> bool:
        """True if there is a file to download."""
        return bool(self.file_name) and self.state == JobState.DONE


class JobChunk(models.Model):
    """A piece of the file of a job, at most a MiB; `number` counts from 0."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="job_chunk_unique")]

    def __str__(self) -> str:
        return f"{self.job_id} {self.number}"


class JobWorker(models.Model):
    """A running worker, and when it was last seen."""

    name = models.CharField(max_length=WORKER_LENGTH, primary_key=True)
    seen_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
