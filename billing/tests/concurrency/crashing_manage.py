"""manage.py with workers that die in the middle of a request, at the point that its Idempotency-Key names."""

import os
import sys
from unittest import mock

import django
from django.core.management import execute_from_command_line
from django.db import models, transaction


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


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    django.setup()
    from clinic.models import IdempotencyKey

    with mock.patch.object(IdempotencyKey, "save", save_or_die):
        execute_from_command_line(sys.argv)
