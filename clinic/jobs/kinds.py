"""Kinds of jobs, by name. An app registers the function of each with `job_kind`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from clinic.domain.errors import RuleBroken
from clinic.models import Job

JobFunction = Callable[[Any], Any]
"""Called with the `JobRun`; returns the result, as JSON."""


class JobFailed(Exception):
    """The job cannot be done, and another attempt would not help; `code` is stored as its error."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job.

    `run` does the work. It is called again from the start after an error, and after
    the end of its worker, at most `max_attempts` times in all: what it did before must do no harm, or be skipped.
    `title` returns the job's title in the current language, `permissions` what a user needs to see its result. The row
    and the file are deleted `kept` after the end. A unique key is free again after the end, unless `keeps_key`.
    """

    name: str
    run: JobFunction
    title: Callable[[Job], str]
    permissions: Callable[[Job], Sequence[str]]
    max_attempts: int = 3
    kept: timedelta = timedelta(days=1)
    keeps_key: bool = False


KINDS: dict[str, JobKind] = {}


def job_kind(
    name: str, *, title: Callable[[Job], str], permissions: Callable[[Job], Sequence[str]], **options: Any
) -> Callable[[JobFunction], JobFunction]:
    """Register the function of a kind of job:

    @job_kind("books_check", title=lambda job: gettext("Check of the books"), permissions=lambda job: [...])
    def run_books_check(run: JobRun) -> dict[str, Any]: ...
    """

    def register(function: JobFunction) -> JobFunction:
        KINDS[name] = JobKind(name, function, title, permissions, **options)
        return function

    return register


def error_code_of(error: Exception) -> str:
    """Return the code to store of an error that no further attempt follows."""
    return error.code if isinstance(error, (JobFailed, RuleBroken)) else "internal_error"


def is_worth_a_retry(error: Exception) -> bool:
    """Return whether another attempt may succeed: not after a refusal."""
    return not isinstance(error, (JobFailed, RuleBroken))
