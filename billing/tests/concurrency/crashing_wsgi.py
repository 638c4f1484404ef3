"""The product with workers that die in the middle of a request, at the point that its Idempotency-Key names."""

import os
from unittest import mock

from django.apps import apps
from django.db import models, transaction

from clinic.wsgi import application

__all__ = ["application"]


def die(row, crash_point):
    """End the process as a power cut would: without a rollback, and without closing anything."""
    if row.key == crash_point:
        os._exit(9)


def save_or_die(row, **options):
    """Store an answer, unless its key names a point on the way."""
    die(row, "before-the-answer-is-stored")
    models.Model.save(row, **options)
    die(row, "after-the-answer-is-stored")
    transaction.on_commit(lambda: die(row, "after-the-commit"))


mock.patch.object(apps.get_model("clinic", "IdempotencyKey"), "save", save_or_die).start()
