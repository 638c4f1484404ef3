"""A kind of job whose function the test chooses."""

import pytest

from clinic.jobs.kinds import KINDS, JobKind


@pytest.fixture
def job_function(monkeypatch):
    """`job_function(function, max_attempts=3)`: let the jobs of the kind "test" call a function."""

    def register(function, **options):
        kind = JobKind("test", function, lambda _job: "Test", lambda _job: (), **options)
        monkeypatch.setitem(KINDS, "test", kind)
        return kind

    return register


@pytest.fixture
def test_kind(job_function):
    """The kind "test" whose jobs do nothing."""
    return job_function(lambda _run: None)
