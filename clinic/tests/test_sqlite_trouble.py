"""Responses while the file of SQLite cannot be written to, or its disk is full."""

from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client

pytestmark = [
    pytest.mark.neutral,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="of SQLite"),
]


@contextmanager
def pragma(name, value, afterwards):
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name} = {value}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA {name} = {afterwards}")


def read_only():
    return pragma("query_only", "ON", "OFF")


def full():
    return pragma("max_page_count", 1, 4_294_967_294)  # SQLite takes the present size


@pytest.fixture(params=[read_only, full])
def trouble(request):
    return request.param


@pytest.fixture
def clerk(clerk):
    clerk.set_password("a long password")
    clerk.is_staff = True
    clerk.save()
    return clerk


def post_until_refused(client):
    """The first refusal: some more patients fit into the pages of a full database."""
    for _ in range(200):
        answer = client.post("/patient/", {"given_name": "Ada", "family_name": "Kim" * 20})
        if answer.status_code != 201:
            return answer
    raise AssertionError("No patient was refused.")


def test_api_answers_with_503(client, trouble):
    with trouble():
        answer = post_until_refused(client)

    assert (answer.status_code, answer["Retry-After"], answer.json()["code"]) == (503, "2", "unavailable")
    assert client.post("/patient/", {"given_name": "Ada", "family_name": "Kim"}).status_code == 201


def test_token_endpoint_answers_with_503(clerk, demo_application):
    form = {"grant_type": "password", "client_id": "demo", "username": clerk.username, "password": "a long password"}

    with read_only():
        answer = Client().post("/o/token/", form)

    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert answer.json()["error"] == "temporarily_unavailable"
    assert Client().post("/o/token/", form).status_code == 200


@pytest.mark.parametrize(
    ("language", "title"), [("de", "Die Datenbank ist nicht verfügbar"), ("en", "The database is not")]
)
def test_login_of_the_admin_answers_with_a_page_in_the_language(clerk, language, title):
    browser = Client(raise_request_exception=False, headers={"Accept-Language": language})

    with read_only():
        page = browser.post("/admin/login/", {"username": clerk.username, "password": "a long password"})

    assert (page.status_code, page["Retry-After"]) == (503, "2")
    assert title in page.content.decode()
    assert f'<html lang="{language}">' in page.content.decode()
