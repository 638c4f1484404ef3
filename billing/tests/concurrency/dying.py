"""The product with workers that die in the middle of a request: at the moment that its Idempotency-Key names."""

import os

from django.db import transaction
from django.db.models.signals import post_save, pre_save

from clinic.wsgi import application

__all__ = ["application"]


def die(row, moment):
    """End the process as a power cut would: nothing is rolled back, closed or said."""
    if row.key == moment:
        os._exit(9)


def before_the_answer(instance, **_):
    die(instance, "before-the-answer-is-stored")


def after_the_answer(instance, **_):
    die(instance, "after-the-answer-is-stored")
    transaction.on_commit(lambda: die(instance, "after-the-commit"))


pre_save.connect(before_the_answer, sender="clinic.IdempotencyKey")
post_save.connect(after_the_answer, sender="clinic.IdempotencyKey")
