"""Requests with an Idempotency-Key, and stored keys."""

from clinic.models import IdempotencyKey
from clinic.testing import NOON

ZOE = {"given_name": "Zoë", "family_name": "Kovács"}


def key_header(key, **headers):
    """Return the headers of a request with a key."""
    return {"Idempotency-Key": key, **headers}


def post_with_key(client, key="k-1", body=ZOE, path="/patient/"):
    """Create a patient, with a key."""
    return client.post(path, body, headers=key_header(key))


def stored_key(**fields):
    """Store a key and its response."""
    row = {"key": "k-1", "method": "POST", "path": "/patient", "body_digest": "0" * 64, "status": 201, "body": b"{}"}
    return IdempotencyKey.objects.create(**{**row, "moved_money": False, "created_at": NOON, **fields})
