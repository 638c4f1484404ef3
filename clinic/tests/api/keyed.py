"""Requests under an Idempotency-Key, and the rows that they leave."""

from clinic.models import IdempotencyKey
from clinic.testing import NOON

ZOE = {"given_name": "Zoë", "family_name": "Kovács"}


def under(key, **more):
    return {"Idempotency-Key": key, **more}


def add(desk, key="k-1", body=ZOE, path="/patient/"):
    return desk.post(path, body, headers=under(key))


def kept(**fields):
    """A row of the table, of the request that a test speaks of."""
    row = {"key": "k-1", "method": "POST", "path": "/patient", "body_digest": "0" * 64, "status": 201, "body": b"{}"}
    return IdempotencyKey.objects.create(**{**row, "moved_money": False, "created_at": NOON, **fields})
