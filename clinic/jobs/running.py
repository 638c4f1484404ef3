"""JobRun: a running job, as the function of its kind sees it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.db import transaction

from clinic.jobs.lease import LeaseLost, leased, renew_lease
from clinic.models import Job, JobChunk

CHUNK_SIZE = 1024 * 1024


class JobCancelled(Exception):
    """The job was cancelled while it ran."""


class WorkerStopping(Exception):
    """The worker is about to end: the job goes back into the queue."""


class JobRun:
    """A running job: its parameters, and what its function reports.

    The function calls `progress()` between its batches, a few times a second or less: there it is interrupted when the
    job was cancelled, the lease was lost, or the worker is to end. Meanwhile the worker renews the lease (`renew()`).
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.steps_done, self.steps_total = 0, job.steps_total
        self.interruption: Exception | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the job."""
        return dict(self.job.parameters)

    def progress(self, done: int, total: int | None = None) -> None:
        """Report the steps that are done, and how many there are. JobCancelled, LeaseLost or WorkerStopping."""
        self.steps_done = done
        if total is not None:
            self.steps_total = total
        if self.interruption is not None:
            raise self.interruption

    def renew(self) -> None:
        """Renew the lease and store the progress; set the interruption if the job was cancelled or lost."""
        try:
            if renew_lease(self.job, steps_done=self.steps_done, steps_total=self.steps_total):
                self.interruption = self.interruption or JobCancelled()
        except LeaseLost as lost:
            self.interruption = lost

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a transaction in which no other worker can take the job over. LeaseLost."""
        with transaction.atomic():
            if leased(self.job).select_for_update(no_key=True).values_list("pk").first() is None:
                raise LeaseLost
            yield

    def save_result(self, result: Any) -> None:
        """Store the result so far, in the transaction of the step that it belongs to."""
        self.job.result = result
        leased(self.job).update(result=result)

    def store_file(self, file: IO[bytes], *, name: str, content_type: str) -> None:
        """Store the file of the job in chunks, one transaction each, in place of that of an earlier attempt."""
        file.seek(0)
        with self.transaction():
            JobChunk.objects.filter(job=self.job).delete()
        size = 0
        for number, content in enumerate(iter(lambda: file.read(CHUNK_SIZE), b"")):
            with self.transaction():
                JobChunk.objects.create(job=self.job, number=number, content=content)
            size += len(content)
            self.progress(self.steps_done)
        leased(self.job).update(file_name=name, file_type=content_type, file_size=size)
