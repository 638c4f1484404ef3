"""Requests to /o/ in the tests of its grants."""

import hashlib

from django.db import connection
from django.test import Client

from clinic.testing import ApiClient

PASSWORD = "open sesame"
SCOPES = {"invoice:read", "invoice:write", "payment:write", "writeoff:write", "patient:read", "patient:write"}


def post(path="/o/token/", *, headers=None, **form):
    return Client().post(path, form, headers=headers)


def log_in(**more):
    return post(grant_type="password", username="front-desk", password=PASSWORD, client_id="demo", **more)


def refresh(token, **more):
    return post(**{"grant_type": "refresh_token", "refresh_token": token, "client_id": "demo", **more})


def as_client(**more):
    form = {"grant_type": "client_credentials", "client_id": "laboratory", "client_secret": "s3cret", **more}
    return post(**form)


def is_accepted(token):
    """Return whether the API accepts a token, whatever the permissions of its user."""
    return ApiClient(token).get("/patient/").status_code != 401


def log_in_through(client_id, secret):
    form = {"grant_type": "password", "username": "front-desk", "password": PASSWORD, "client_id": client_id}
    return post(**form, client_secret=secret)


def checksum(token):
    return hashlib.sha256(token.encode()).hexdigest()


def stored_values():
    """Return all values in the OAuth tables, as text."""
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name.startswith("oauth2_provider")]
        rows = []
        for table in tables:
            cursor.execute(f"SELECT * FROM {table}")
            rows += cursor.fetchall()
    return str(rows)
