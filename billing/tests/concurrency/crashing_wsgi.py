"""The product with workers that die in the middle of a request: at the moment that its Idempotency-Key names."""

import os
from unittest import mock

from django.db import transaction

from clinic.db.compiled import insert
from clinic.wsgi import application

__all__ = ["application"]


def die(row, crash_point):
    """End the process as a power cut would: nothing is rolled back, closed or said."""
    if row.key == crash_point:
        os._exit(9)


def insert_or_die(row):
    """Store an answer, unless the moment has come."""
    die(row, "before-the-answer-is-stored")
    insert(row)
    die(row, "after-the-answer-is-stored")
    transaction.on_commit(lambda: die(row, "after-the-commit"))


mock.patch("clinic.api.idempotency.insert", insert_or_die).start()
