"""One clinic for all hostile requests of a module: each finds it as it was, since what it stored is taken back."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import time_machine
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction

from billing.tests.hostile.clinic import Clinic
from clinic.testing import NOON


@contextmanager
def one_connection() -> Iterator[None]:
    """A request leaves the connection open in which the test's transaction runs, as with Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def clinic(django_db_setup, django_db_blocker) -> Iterator[Clinic]:
    """It is noon there, and stays so."""
    with (
        django_db_blocker.unblock(),
        one_connection(),
        time_machine.travel(NOON, tick=False),
        transaction.atomic(),
    ):
        yield Clinic()
        transaction.set_rollback(True)
