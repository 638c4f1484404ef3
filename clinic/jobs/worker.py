"""Worker: takes the jobs that are due, one after the other, and renews the lease of the one that runs.

The main thread runs the jobs. Another thread, with a connection of its own, renews the lease and gives the worker's
sign of life, also during a long statement. A third one waits for SIGTERM: a signal handler of Python would not run
before such a statement ends.
"""

import os
import signal
import socket
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from secrets import token_hex
from time import monotonic

import structlog
from django.db import Error, connection
from django.utils import timezone
from django.utils.translation import override

from clinic.db.availability import unavailability
from clinic.domain.audit_context import audit_context
from clinic.domain.dates import clinic_time_zone
from clinic.jobs.kinds import KINDS, error_code_of
from clinic.jobs.lease import LEASE, LeaseLost, cancel_run, fail_job, finish_job, return_job, take_job
from clinic.jobs.queue import clear_expired_jobs
from clinic.jobs.running import JobCancelled, JobRun, WorkerStopping
from clinic.models import JobWorker

POLL = 1.0  # seconds between looks at an empty queue
RENEWAL = 2.0  # seconds between two renewals, and for which the progress on the page may be old
SIGN_OF_LIFE = 20.0  # seconds
CLEARING = 600.0  # seconds between deletions of what is expired
PAUSE = 5.0  # seconds after an error of the database
TIME_TO_STOP = 8.0  # seconds for which a job may go on after SIGTERM
REMOVED_AFTER = timedelta(days=1)  # signs of life of workers that were killed


log = structlog.get_logger("clinic.jobs")


class Worker:
    """A worker of some kinds of jobs, None: of all. Jobs that may take longer than a lease run inside `renewing()`.

    With `parent`, a process id, it stops once that is no longer the process that started it.
    """

    def __init__(self, *, kinds: Collection[str] | None = None, parent: int | None = None) -> None:
        self.name = f"{socket.gethostname()[:60]}:{os.getpid()}:{token_hex(4)}"
        self.kinds, self.parent = kinds, parent
        self.current: JobRun | None = None
        self.stopping, self.ended = threading.Event(), threading.Event()

    # -- In the main thread

    def run_due(self) -> int:
        """Run every job that is due, delete what is expired, and return the number of jobs."""
        count = 0
        while not self.stopping.is_set() and self.run_next():
            count += 1
        clear_expired_jobs(at=timezone.now())
        return count

    def run(self) -> None:
        """Run jobs until `stop()`; wait where the queue is empty, or the database does not respond."""
        cleared_at = -CLEARING
        while not self.stopping.is_set():
            try:
                if monotonic() >= cleared_at + CLEARING:
                    clear_expired_jobs(at=timezone.now())
                    cleared_at = monotonic()
                pause = 0.0 if self.run_next() else POLL
            except Error as error:
                if not unavailability(error):
                    raise
                log.warning("database error", exc_info=error)
                connection.close()
                pause = PAUSE
            self.stopping.wait(pause)

    def run_next(self) -> bool:
        """Run the job that is due for the longest time; return False if there is none."""
        job = take_job(worker=self.name, kinds=self.kinds)
        if job is None:
            return False
        self.current = JobRun(job)
        if self.stopping.is_set():
            self.current.interruption = WorkerStopping()
        try:
            run_job(self.current)
        finally:
            self.current = None
        return True

    # -- In the thread of renewals

    @contextmanager
    def renewing(self) -> Iterator[None]:
        """Renew leases and give signs of life, in a thread, until the end of the block."""
        thread = threading.Thread(target=self._renew_regularly, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.ended.set()
            thread.join()

    def _renew_regularly(self) -> None:
        signed_at, renewed_at = -SIGN_OF_LIFE, monotonic()
        while not self.ended.is_set():
            run, now = self.current, monotonic()
            if self.parent is not None and os.getppid() != self.parent:
                os.kill(os.getpid(), signal.SIGTERM)
            try:
                if run is not None:
                    run.renew()
                renewed_at = now
                if now >= signed_at + SIGN_OF_LIFE:
                    self.give_sign_of_life()
                    signed_at = now
            except Error as error:
                if not unavailability(error):
                    raise
                connection.close()
                if run is not None and now > renewed_at + LEASE.total_seconds():
                    run.interruption = LeaseLost()  # another worker may have it
            self.ended.wait(RENEWAL)
        with suppress(Error):
            JobWorker.objects.filter(name=self.name).delete()
        connection.close()

    def give_sign_of_life(self) -> None:
        """Store that the worker is alive, and remove those that were killed."""
        now = timezone.now()
        JobWorker.objects.update_or_create(name=self.name, defaults={"seen_at": now})
        JobWorker.objects.filter(seen_at__lt=now - REMOVED_AFTER).delete()

    # -- In the thread that waits for a signal

    def stop_at_signal(self) -> None:
        """Stop the worker at SIGTERM or SIGINT. Call it before any thread is started."""
        signals = {signal.SIGTERM, signal.SIGINT}
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)  # in this thread, and in those that it starts

        def wait() -> None:
            signal.sigwait(signals)
            self.stop()
            if not self.ended.wait(TIME_TO_STOP):
                self._return_current_job()
                os._exit(0)

        threading.Thread(target=wait, daemon=True).start()

    def stop(self) -> None:
        """Let the worker end; the job that runs goes back into the queue as soon as it reports its progress."""
        self.stopping.set()
        if (run := self.current) is not None:
            run.interruption = WorkerStopping()

    def _return_current_job(self) -> None:
        """Return the job of a main thread that does not stop; the process ends next, and with it the transaction."""
        run = self.current
        if run is None:
            return
        giver = threading.Thread(target=return_job, args=[run.job], daemon=True)
        giver.start()
        giver.join(TIME_TO_STOP / 2)  # the main thread may have locked the row; then the lease has to end


def run_job(run: JobRun) -> None:
    """Run a leased job, store how it ended, and log one line, without its parameters."""
    job, began, error = run.job, monotonic(), None
    try:
        outcome, error = _outcome(run)
    except LeaseLost:
        outcome = "lost"
    members = {
        "job_id": str(job.pk),
        "kind": job.kind,
        "attempt": job.attempts,
        "outcome": outcome,
        "user_id": job.requested_by_id,
        "ms": round((monotonic() - began) * 1000),
    }
    if error is None:
        log.info("job", **members)
    else:
        log.error("job", **members, error=error_code_of(error), exc_info=error)


def _outcome(run: JobRun) -> tuple[str, Exception | None]:
    """Run the job, store how it ended, and return that, with the error if there was one. LeaseLost."""
    job = run.job
    contexts = override(job.language), timezone.override(clinic_time_zone()), audit_context(client="worker")
    try:
        with contexts[0], contexts[1], contexts[2]:
            result = KINDS[job.kind].run(run)
    except WorkerStopping:
        return_job(job)
        return "returned", None
    except JobCancelled:
        cancel_run(job)
        return "cancelled", None
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001  # whatever the function raises must not end the worker
        return ("failed" if fail_job(job, error) else "retry"), error
    finish_job(job, result, steps_done=run.steps_done, steps_total=run.steps_total)
    return "done", None
