"""Real workers, as processes: a job is run by one of them; the job of a killed worker is finished by another."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connections

from billing.tests.live_server import ROOT, Books
from clinic.jobs.files import chunks_of
from clinic.jobs.queue import cancel_job, queue_job
from clinic.models import Job, JobWorker

pytestmark = pytest.mark.slow

LEASE = 4  # seconds, so that a test need not wait for the real ones
# A worker whose exports take long: each batch is one row, with a pause.
SLOW_WORKER = f"""
import datetime, os, sys, time
sys.path.insert(0, {str(ROOT)!r})
os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"
import django
django.setup()
from django.core.management import call_command
from billing.admin import exports
from clinic.jobs import lease, running, worker
lease.LEASE = worker.LEASE = datetime.timedelta(seconds={LEASE})
worker.RENEWAL = 0.5
pause = float(sys.argv[1])
exports.BATCH_SIZE = 1
progress = running.JobRun.progress
def slowly(self, *arguments):
    time.sleep(pause)
    progress(self, *arguments)
running.JobRun.progress = slowly
call_command("work")
"""


@pytest.fixture
def books(tmp_path, django_db_setup, django_db_blocker):
    """A database with ten invoices, to which the ORM of the test is connected."""
    original = connections["default"]
    with Books(tmp_path, invoices=10) as books:
        name = books.name if books.is_postgresql else str(books.path)
        connection = type(original)({**original.settings_dict, "NAME": name}, "default")
        with django_db_blocker.unblock():
            connections["default"] = connection
            try:
                yield books
            finally:
                connection.close()
                connections["default"] = original


def environment_of(books):
    return {**books.environment, "PYTHONPATH": os.pathsep.join(sys.path)}


@contextmanager
def worker(books, *, pause=0.0):
    """A worker that ends with the block."""
    log = (books.path.parent / "worker.log").open("a")
    command = [sys.executable, "-c", SLOW_WORKER, str(pause)]
    process = subprocess.Popen(command, env=environment_of(books), cwd=ROOT, stdout=log, stderr=log)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait(30)
        log.close()


def queue_export(number=1, kind="csv"):
    user = User.objects.get(username="supervisor")
    query = f"total_amount_from={number / 100}"
    return queue_job("export", {"list": "billing.invoice", "format": kind, "query": query}, by=user)


def wait_until(condition, *, seconds=60):
    """Wait until the condition is true, and return its value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.1)
    return value


def states():
    return set(Job.objects.values_list("state", flat=True))


def lines_of(books):
    return (books.path.parent / "worker.log").read_text()


def test_two_workers_run_each_job_once(books):
    jobs = [queue_export(number) for number in range(12)]

    with worker(books, pause=0.01), worker(books, pause=0.01):
        wait_until(lambda: states() == {"done"})

    assert set(Job.objects.values_list("attempts", flat=True)) == {1}
    assert [lines_of(books).count(str(job.pk)) for job in jobs] == [1] * 12
    assert Job.objects.values("worker").distinct().count() == 2


def test_job_of_a_killed_worker_is_finished_by_the_next(books):
    job = queue_export()

    with worker(books, pause=0.5) as first:
        wait_until(lambda: Job.objects.filter(steps_done__gte=2).exists())
        first.kill()
    job.refresh_from_db()
    assert job.state == "running"
    with worker(books):
        wait_until(lambda: states() == {"done"}, seconds=LEASE + 60)

    job.refresh_from_db()
    lines = b"".join(chunks_of(job)).decode("utf-8-sig").splitlines()
    assert (job.attempts, len(lines)) == (2, job.result["rows"] + 1)
    assert job.result["rows"] > 5


def test_lease_of_a_long_job_is_renewed(books):
    queue_export()

    with worker(books, pause=0.8):
        wait_until(lambda: states() == {"running"})
        with worker(books):
            wait_until(lambda: states() == {"done"})

    assert Job.objects.get().attempts == 1
    assert Job.objects.get().ended_at - Job.objects.get().started_at > timedelta(seconds=LEASE)


@pytest.mark.parametrize("pause", [0.2, 60])
def test_worker_ends_within_15_seconds_of_sigterm_and_returns_its_job(books, pause):
    """Also where the job does not come to its next step, as in a long statement."""
    job = queue_export()

    with worker(books, pause=pause) as process:
        wait_until(lambda: states() == {"running"})
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
        assert time.monotonic() - began < 15

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 0)


def test_idle_worker_ends_at_once_and_is_no_longer_alive(books):
    with worker(books) as process:
        wait_until(JobWorker.objects.exists)
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0

    assert not JobWorker.objects.exists()


def test_worker_ends_with_the_process_that_started_it(books):
    command = f"{sys.executable} {ROOT}/manage.py work --with-parent & echo $!; wait"
    with subprocess.Popen(["sh", "-c", command], env=books.environment, stdout=subprocess.PIPE, text=True) as shell:
        worker_id = int(shell.stdout.readline())
        wait_until(JobWorker.objects.exists)
        shell.kill()

    wait_until(lambda: not JobWorker.objects.exists())
    wait_until(lambda: not Path(f"/proc/{worker_id}").exists())


def test_running_job_is_cancelled(books):
    job = queue_export()

    with worker(books, pause=0.5):
        wait_until(lambda: Job.objects.filter(steps_done__gte=1).exists())
        cancel_job(Job.objects.get())
        wait_until(lambda: states() == {"cancelled"})

    job.refresh_from_db()
    assert job.steps_done < job.steps_total


def test_command_runs_what_is_due_and_ends(books):
    queue_export()
    command = [sys.executable, str(ROOT / "manage.py"), "work", "--once"]

    done = subprocess.run(command, env=environment_of(books), capture_output=True, text=True, check=True, timeout=60)

    assert "1 jobs were run." in done.stdout
    assert states() == {"done"}
