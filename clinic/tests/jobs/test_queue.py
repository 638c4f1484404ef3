"""The queue: unique keys, transactions, cancelling, deletion of what is expired."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from clinic.jobs.lease import take_job
from clinic.jobs.queue import cancel_job, clear_expired_jobs, is_worker_alive, queue_job
from clinic.jobs.worker import Worker
from clinic.models import Job, JobChunk, JobWorker
from clinic.testing import run_jobs

pytestmark = pytest.mark.django_db


def ended_job(*, ago, **values):
    job = queue_job("test", {}, **values)
    run_jobs()
    Job.objects.filter(pk=job.pk).update(ended_at=timezone.now() - ago)
    return job


class TestQueueJob:
    def test_job_is_queued_with_user_language_and_parameters(self, test_kind, clerk):
        with override("de"):
            job = queue_job("test", {"rows": 3}, by=clerk)

        job.refresh_from_db()
        assert (job.state, job.parameters, job.requested_by, job.language) == ("queued", {"rows": 3}, clerk, "de")

    def test_same_key_queues_one_job(self, test_kind):
        first, second = queue_job("test", {}, unique_key="a"), queue_job("test", {}, unique_key="a")

        assert first == second
        assert queue_job("test", {}, unique_key="b") != first

    def test_jobs_without_a_key_are_all_queued(self, test_kind):
        assert queue_job("test", {}) != queue_job("test", {})

    def test_key_is_free_again_once_the_job_has_ended(self, test_kind):
        first = queue_job("test", {}, unique_key="a")
        run_jobs()

        assert queue_job("test", {}, unique_key="a") != first

    def test_key_that_is_kept_never_queues_again(self, job_function):
        job_function(lambda _run: None, keeps_key=True)
        first = queue_job("test", {}, unique_key="a")
        run_jobs()

        assert queue_job("test", {}, unique_key="a") == first

    def test_job_is_gone_if_its_cause_is_rolled_back(self, test_kind):
        with transaction.atomic():
            queue_job("test", {})
            transaction.set_rollback(True)

        assert run_jobs() == 0


class TestCancelJob:
    def test_waiting_job_is_cancelled_at_once_and_never_runs(self, test_kind):
        job = queue_job("test", {}, unique_key="a")

        cancel_job(job)

        job.refresh_from_db()
        assert (job.state, job.unique_key, job.ended_at is not None) == ("cancelled", None, True)
        assert run_jobs() == 0

    def test_job_that_waits_for_another_attempt_is_cancelled(self, test_kind):
        job = queue_job("test", {}, run_after=timezone.now() + timedelta(hours=1))

        cancel_job(job)

        job.refresh_from_db()
        assert job.state == "cancelled"

    def test_running_job_is_asked_to_stop(self, test_kind):
        job = queue_job("test", {})
        take_job(worker="a")

        cancel_job(job)

        job.refresh_from_db()
        assert (job.state, job.cancel_requested) == ("running", True)

    def test_job_of_a_killed_worker_is_cancelled_at_once(self, test_kind):
        job = queue_job("test", {})
        take_job(worker="a")
        Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))

        cancel_job(job)

        job.refresh_from_db()
        assert job.state == "cancelled"

    def test_finished_job_stays_as_it_is(self, test_kind):
        job = queue_job("test", {})
        run_jobs()

        cancel_job(job)

        job.refresh_from_db()
        assert (job.state, job.cancel_requested) == ("done", False)


class TestClearExpiredJobs:
    def test_job_and_file_are_deleted_a_day_after_the_end(self, test_kind):
        new, old = ended_job(ago=timedelta(hours=23)), ended_job(ago=timedelta(hours=25))
        for job in (old, new):
            JobChunk.objects.create(job=job, number=0, content=b"x")

        assert clear_expired_jobs(at=timezone.now()) == 1
        assert list(JobChunk.objects.values_list("job", flat=True)) == [new.pk]
        assert list(Job.objects.all()) == [new]

    def test_jobs_are_kept_as_long_as_their_kind_requires(self, job_function):
        job_function(lambda _run: None, kept=timedelta(days=30))
        ended_job(ago=timedelta(days=29))

        assert clear_expired_jobs(at=timezone.now()) == 0

    def test_unfinished_job_is_kept(self, test_kind):
        queue_job("test", {})

        assert clear_expired_jobs(at=timezone.now() + timedelta(days=9)) == 0

    def test_job_of_a_kind_that_no_longer_exists_is_deleted_too(self, test_kind):
        Job.objects.filter(pk=ended_job(ago=timedelta(hours=25)).pk).update(kind="former")

        assert clear_expired_jobs(at=timezone.now()) == 1

    def test_chunks_are_deleted_without_being_read(self, test_kind, django_assert_max_num_queries):
        job = ended_job(ago=timedelta(hours=25))
        JobChunk.objects.create(job=job, number=0, content=b"x")

        with django_assert_max_num_queries(20) as queries:
            clear_expired_jobs(at=timezone.now())

        assert not [query for query in queries if "SELECT" in query["sql"] and '"content"' in query["sql"]]


class TestIsWorkerAlive:
    def test_worker_that_was_just_seen_is_alive(self):
        Worker().give_sign_of_life()

        assert is_worker_alive(at=timezone.now())
        assert not is_worker_alive(at=timezone.now() + timedelta(seconds=61))

    def test_worker_that_was_killed_is_removed_a_day_later(self):
        JobWorker.objects.create(name="killed", seen_at=timezone.now() - timedelta(days=2))

        Worker().give_sign_of_life()

        assert not JobWorker.objects.filter(name="killed").exists()
