"""Access tokens: the query that loads one, and the cache."""

from datetime import timedelta
from unittest import mock

import psycopg
import pytest
import time_machine
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application

from clinic.api.auth import token_lookup
from clinic.api.auth.token_lookup import clear_token_cache, token_cache
from clinic.testing import NOON, ApiClient, token_for

PATH = "/patient/not-an-id"  # answered without another query than the token's


@pytest.fixture(autouse=True)
def empty_cache():
    clear_token_cache()
    yield
    clear_token_cache()


@pytest.fixture
def cache_of_five_seconds(settings):
    settings.TOKEN_CACHE_SECONDS = 5


@pytest.fixture
def client(api, clerk):
    return api(clerk)


class TestWithoutCache:
    def test_each_request_queries_its_token_once(self, client, django_assert_num_queries):
        with django_assert_num_queries(3):
            for _ in range(3):
                client.get(PATH)

    def test_nothing_is_cached_by_default(self, client):
        client.get(PATH)

        assert len(token_cache) == 0

    def test_token_deleted_by_another_process_is_refused_at_once(self, client):
        client.get(PATH)

        AccessToken.objects.all()._raw_delete("default")  # without signals, as by another process

        assert client.get(PATH).status_code == 401


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestBrokenConnection:
    def test_broken_connection_is_replaced_without_an_error(self, client):
        assert client.get(PATH).status_code == 404
        broken = connection.connection
        with psycopg.connect(**_parameters()) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [broken.info.backend_pid])

        connection.close_if_unusable_or_obsolete()  # as a request begins
        answer = client.get(PATH)

        assert answer.status_code == 404
        assert connection.connection is not broken

    def test_working_connection_is_not_checked(self, client):
        client.get(PATH)

        connection.health_check_done = False  # as a request begins
        with mock.patch.object(connection, "is_usable") as asked:
            assert client.get(PATH).status_code == 404

        asked.assert_not_called()


def _parameters():
    given = connection.get_connection_params()
    return {name: given[name] for name in ("dbname", "user", "host", "port", "password") if name in given}


@pytest.mark.usefixtures("cache_of_five_seconds")
class TestCache:
    def test_cached_token_costs_no_query(self, client, django_assert_num_queries):
        with django_assert_num_queries(1):
            answers = [client.get(PATH).status_code for _ in range(3)]

        assert answers == [404, 404, 404]

    def test_cached_token_expires_after_token_cache_seconds(self, client, monkeypatch, django_assert_num_queries):
        now = [1000.0]
        monkeypatch.setattr(token_lookup, "monotonic", lambda: now[0])
        client.get(PATH)

        now[0] += 4.9
        with django_assert_num_queries(0):
            client.get(PATH)
        now[0] += 0.1
        with django_assert_num_queries(1):
            client.get(PATH)

    def test_cache_is_off_once_the_setting_is_0(self, client, settings, django_assert_num_queries):
        client.get(PATH)

        settings.TOKEN_CACHE_SECONDS = 0

        with django_assert_num_queries(1):
            client.get(PATH)

    def test_cached_token_is_refused_once_it_has_expired(self, clerk):
        with time_machine.travel(NOON, tick=False) as clock:
            client = ApiClient(token_for(clerk, expires=timezone.now() + timedelta(seconds=2)))
            assert client.get(PATH).status_code == 404

            clock.shift(timedelta(seconds=2))

            assert client.get(PATH).status_code == 401

    def test_cached_user_is_checked_again_once_the_cache_is_cleared(self, client, clerk):
        client.get(PATH)

        User.objects.filter(pk=clerk.pk).update(is_active=False)  # sends no signal
        cached = client.get(PATH).status_code
        clear_token_cache()

        assert (cached, client.get(PATH).status_code) == (404, 401)

    def test_cached_application_is_checked_at_each_request(self, client, monkeypatch):
        client.get(PATH)

        monkeypatch.setattr(Application, "is_usable", lambda *_: False)

        assert client.get(PATH).status_code == 401

    def test_revoked_token_leaves_the_cache(self, client):
        client.get(PATH)

        answer = Client().post("/o/revoke_token/", {"token": client.token, "client_id": "demo"})

        assert answer.status_code == 200
        assert client.get(PATH).status_code == 401

    def test_inactive_user_leaves_the_cache(self, client, clerk):
        client.get(PATH)

        clerk.is_active = False
        clerk.save()

        assert client.get(PATH).status_code == 401

    def test_changed_user_leaves_the_cache(self, client, clerk):
        client.get(PATH)

        clerk.is_staff = False
        clerk.save()

        assert len(token_cache) == 0

    def test_deleted_application_leaves_the_cache(self, client, demo_application):
        client.get(PATH)

        demo_application.delete()

        assert client.get(PATH).status_code == 401

    def test_changed_permissions_clear_the_cache(self, client, clerk):
        group = Group.objects.create(name="clerks")
        permission = Permission.objects.first()
        changes = [
            lambda: clerk.groups.add(group),
            lambda: clerk.user_permissions.add(permission),
            lambda: group.permissions.add(permission),
            group.save,
            group.delete,
        ]

        for change in changes:
            client.get(PATH)
            assert len(token_cache) == 1
            change()
            assert len(token_cache) == 0

    def test_cache_is_bounded(self, clerk, monkeypatch):
        monkeypatch.setattr(token_cache, "max_size", 3)
        clients = [ApiClient(token_for(clerk)) for _ in range(5)]

        for client in clients:
            client.get(PATH)

        assert len(token_cache) == 3
        assert [client.get(PATH).status_code for client in clients] == [404] * 5

    def test_cache_contains_no_usable_token(self, client):
        client.get(PATH)

        assert token_cache.get(client.token) is None
        assert client.token not in repr(vars(token_cache))

    def test_unknown_tokens_are_not_cached(self, db):
        for turn in range(5):
            assert ApiClient(f"unknown-{turn}").get(PATH).status_code == 401

        assert len(token_cache) == 0

    def test_each_request_gets_its_own_copy_of_the_user(self, client):
        client.get(PATH)

        first, second = token_lookup.find_token(client.token), token_lookup.find_token(client.token)
        first.user.is_active = False

        assert second.user.is_active
        assert second.user == first.user
        assert second.application == first.application
