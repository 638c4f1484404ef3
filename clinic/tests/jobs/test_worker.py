"""Running a job: result, errors and retries, cancelling, the end of the worker, the file, the log."""

import io
import tracemalloc
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import get_language, override

from clinic.domain.errors import RuleBroken
from clinic.jobs.files import chunks_of
from clinic.jobs.kinds import JobFailed
from clinic.jobs.lease import LeaseLost, take_job
from clinic.jobs.queue import cancel_job, queue_job
from clinic.jobs.running import CHUNK_SIZE, JobRun
from clinic.jobs.worker import Worker
from clinic.models import Job, JobChunk
from clinic.testing import run_jobs

pytestmark = pytest.mark.django_db


def run_one(**values):
    """Queue a job, run it, and return it."""
    job = queue_job("test", {}, **values)
    run_jobs()
    job.refresh_from_db()
    return job


class TestResult:
    def test_job_stores_its_result_and_progress(self, job_function):
        def count(run):
            run.progress(4, 5)
            return {"rows": 4}

        job_function(count)

        job = run_one()

        assert (job.state, job.result, job.steps_done, job.steps_total) == ("done", {"rows": 4}, 4, 5)
        assert job.started_at <= job.ended_at

    def test_job_runs_in_the_language_of_its_user(self, job_function):
        job_function(lambda _run: get_language())

        with override("de"):
            job = queue_job("test", {})
        run_jobs()

        job.refresh_from_db()
        assert job.result == "de"

    def test_statements_of_a_job_are_few(self, test_kind, django_assert_max_num_queries):
        queue_job("test", {})
        worker = Worker()

        with django_assert_max_num_queries(9):  # look, begin, lock, lease, commit; begin, end, commit
            worker.run_next()


class TestErrors:
    def fail_with(self, error):
        def fail(_run):
            raise error

        return fail

    def test_error_is_retried_later_and_later_and_then_fails(self, job_function):
        job_function(self.fail_with(ValueError("Ana Kim")))
        job = queue_job("test", {}, unique_key="a")
        pauses = []

        for _attempt in range(3):
            Job.objects.update(run_after=timezone.now())
            assert run_jobs() == 1
            job.refresh_from_db()
            pauses.append(round((job.run_after - timezone.now()).total_seconds()))

        assert pauses[:2] == [10, 40]
        assert (job.state, job.attempts, job.error, job.unique_key) == ("failed", 3, "internal_error", None)

    def test_error_that_passes_leaves_a_job_that_is_done(self, job_function):
        errors = [ConnectionError()]

        def fail_once(_run):
            if errors:
                raise errors.pop()

        job_function(fail_once)
        queue_job("test", {})
        run_jobs()
        Job.objects.update(run_after=timezone.now())
        run_jobs()

        assert Job.objects.get().state == "done"

    @pytest.mark.parametrize("error", [JobFailed("too_many_rows"), RuleBroken("No.", code="too_many_rows")])
    def test_refusal_is_not_retried(self, job_function, error):
        job_function(self.fail_with(error))

        job = run_one()

        assert (job.state, job.error) == ("failed", "too_many_rows")

    def test_log_has_one_line_without_names_and_parameters(self, job_function, caplog):
        job_function(self.fail_with(ValueError("Ana Kim")), max_attempts=1)

        with caplog.at_level("INFO", logger="clinic.jobs"):
            job = queue_job("test", {"query": "q=Kim"})
            run_jobs()

        (line,) = [record for record in caplog.records if record.name == "clinic.jobs"]
        logged = {name: value for name, value in line.msg.items() if name != "exc_info"}  # the formatter redacts it
        assert (logged["job_id"], logged["kind"], logged["outcome"]) == (str(job.pk), "test", "failed")
        assert "Kim" not in str(logged)


class TestInterruption:
    def test_job_that_is_cancelled_stops_at_its_next_progress(self, job_function):
        def run_on(run):
            run.store_file(io.BytesIO(b"half"), name="half.csv", content_type="text/csv")
            cancel_job(run.job)
            run.renew()
            run.progress(1)
            pytest.fail("it went on")

        job_function(run_on)

        job = run_one()

        assert job.state == "cancelled"
        assert not JobChunk.objects.exists()

    def test_job_goes_back_into_the_queue_when_the_worker_stops(self, job_function):
        worker = Worker()

        def run_on(run):
            worker.stop()
            run.progress(1)
            pytest.fail("it went on")

        job_function(run_on)
        job = queue_job("test", {})

        assert worker.run_due() == 1

        job.refresh_from_db()
        assert (job.state, job.attempts) == ("queued", 0)

    def test_worker_that_lost_the_job_ends_it_without_a_change(self, job_function):
        def run_on(run):
            Job.objects.update(worker="b", attempts=2)
            run.renew()
            run.progress(1)

        job_function(run_on)

        assert run_one().state == "running"

    def test_no_step_is_stored_without_the_lease(self, test_kind):
        queue_job("test", {})
        run = JobRun(take_job(worker="a"))
        Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        take_job(worker="b")

        with pytest.raises(LeaseLost), run.transaction():
            pytest.fail("it went on")


class TestFile:
    def test_file_is_stored_in_chunks_and_read_again(self, job_function):
        content = bytes(range(256)) * (CHUNK_SIZE // 100)
        job_function(lambda run: run.store_file(io.BytesIO(content), name="a.bin", content_type="text/csv"))

        job = run_one()

        assert JobChunk.objects.count() == 3
        assert (job.file_name, job.file_size, job.has_file) == ("a.bin", len(content), True)
        assert b"".join(chunks_of(job)) == content

    def test_second_attempt_replaces_the_file(self, test_kind):
        queue_job("test", {})
        run = JobRun(take_job(worker="a"))

        for content in (b"1" * (CHUNK_SIZE + 1), b"2"):
            run.store_file(io.BytesIO(content), name="a.bin", content_type="text/csv")

        assert b"".join(chunks_of(run.job)) == b"2"

    def test_memory_does_not_grow_with_the_file(self, job_function):
        class Zeros(io.RawIOBase):
            left = 32 * CHUNK_SIZE

            def seek(self, *_):
                return 0

            def read(self, size=-1):
                size = min(size, self.left)
                self.left -= size
                return bytes(size)

        job_function(lambda run: run.store_file(Zeros(), name="a.bin", content_type="text/csv"))
        tracemalloc.start()
        try:
            job = run_one()
            assert sum(map(len, chunks_of(job))) == 32 * CHUNK_SIZE
            _now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        assert peak < 12 * CHUNK_SIZE
