"""Leases: one worker at a time, take-over after the end of a lease, attempts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.jobs.lease import LEASE, LeaseLost, finish_job, renew_lease, return_job, take_job
from clinic.jobs.queue import cancel_job, queue_job
from clinic.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(test_kind):
    return queue_job("test", {})


def let_lease_end():
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))


def test_job_is_leased_to_one_worker(job):
    taken = take_job(worker="a")

    assert taken == job
    assert timezone.now() < taken.leased_until <= timezone.now() + LEASE
    assert take_job(worker="b") is None


def test_job_is_not_taken_before_its_time(test_kind):
    queue_job("test", {}, run_after=timezone.now() + timedelta(seconds=60))

    assert take_job(worker="a") is None


def test_job_that_waits_longest_is_taken_first(test_kind):
    now = timezone.now()
    late, early = (queue_job("test", {}, run_after=now - timedelta(seconds=age)) for age in (1, 9))

    assert [take_job(worker="a"), take_job(worker="a")] == [early, late]


def test_worker_of_other_kinds_takes_nothing(job):
    assert take_job(worker="a", kinds=["mail"]) is None


def test_job_of_an_unknown_kind_waits(job):
    Job.objects.update(kind="of a newer version")

    assert take_job(worker="a") is None


def test_job_of_a_killed_worker_is_taken_over_once_the_lease_ends(job):
    take_job(worker="a")
    let_lease_end()

    again = take_job(worker="b")

    assert (again, again.worker, again.attempts) == (job, "b", 2)


def test_worker_that_lost_its_lease_cannot_change_the_job(job):
    lost = take_job(worker="a")
    let_lease_end()
    take_job(worker="b")

    for change in (renew_lease, lambda job, **progress: finish_job(job, {"rows": 1}, **progress)):
        with pytest.raises(LeaseLost):
            change(lost, steps_done=1, steps_total=1)
    return_job(lost)

    job.refresh_from_db()
    assert (job.state, job.worker, job.result) == ("running", "b", None)


def test_second_run_of_the_same_worker_is_another_lease(job):
    lost = take_job(worker="a")
    let_lease_end()
    take_job(worker="a")

    with pytest.raises(LeaseLost):
        renew_lease(lost, steps_done=1, steps_total=1)


def test_renewed_lease_lasts_and_stores_the_progress(job):
    taken = take_job(worker="a")
    let_lease_end()

    is_cancelled = renew_lease(taken, steps_done=3, steps_total=9)

    job.refresh_from_db()
    assert (is_cancelled, job.steps_done, job.steps_total) == (False, 3, 9)
    assert job.leased_until > timezone.now()


def test_renewal_notices_that_the_job_was_cancelled(job):
    taken = take_job(worker="a")
    cancel_job(job)

    assert renew_lease(taken, steps_done=0, steps_total=None)


def test_returned_job_is_queued_and_the_attempt_does_not_count(job):
    return_job(take_job(worker="a"))

    assert take_job(worker="b").attempts == 1


def test_job_whose_workers_are_killed_again_and_again_fails(job):
    for worker in "abc":
        assert take_job(worker=worker) == job
        let_lease_end()

    assert take_job(worker="d") is None

    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "worker_lost")


def test_cancelled_job_of_a_killed_worker_is_not_run_again(job):
    take_job(worker="a")
    cancel_job(job)
    let_lease_end()

    assert take_job(worker="b") is None

    job.refresh_from_db()
    assert job.state == "cancelled"


def test_empty_queue_is_one_statement(test_kind, django_assert_num_queries):
    with django_assert_num_queries(1):
        take_job(worker="a")
