"""Fixtures of the API tests: a client, and a count of the statements of a request."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.testing import ApiClient

# What the test's own transaction makes of a request's BEGIN and COMMIT.
TRANSACTION = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")

Counter = Callable[[], AbstractContextManager[Any]]


@pytest.fixture
def client(api: Callable[[User], ApiClient], supervisor: User) -> ApiClient:
    """A supervisor's client, through the application `demo`."""
    return api(supervisor)


@pytest.fixture
def statements(db: None) -> Counter:
    """`with statements() as counted: ...`, then `counted.number`, and `counted.sql` to see which.

    Counted is all that a request does but BEGIN and COMMIT; the look at the bearer token is one of them.
    """

    @contextmanager
    def counting() -> Iterator[Any]:
        counted = SimpleNamespace(number=0, sql=[])
        with CaptureQueriesContext(connection) as captured:
            yield counted
        counted.sql = [each["sql"] for each in captured if not each["sql"].startswith(TRANSACTION)]
        counted.number = len(counted.sql)

    return counting
