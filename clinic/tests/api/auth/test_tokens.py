"""How long a worker may take its own word for whose a token is."""

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

from clinic.api.auth import tokens
from clinic.api.auth.tokens import clear_token_cache, token_cache
from clinic.testing import NOON, ApiClient, token_for

PATH = "/patient/not-an-id"  # answered without a statement beside the token's


@pytest.fixture(autouse=True)
def nothing_remembered():
    clear_token_cache()
    yield
    clear_token_cache()


@pytest.fixture
def remembering(settings):
    settings.TOKEN_CACHE_SECONDS = 5


@pytest.fixture
def client(api, clerk):
    return api(clerk)


class TestByDefault:
    def test_each_request_asks_the_database_once(self, client, django_assert_num_queries):
        with django_assert_num_queries(3):
            for _ in range(3):
                client.get(PATH)

    def test_nothing_is_remembered(self, client):
        client.get(PATH)

        assert len(token_cache) == 0

    def test_a_token_that_another_process_ended_is_refused_at_once(self, client):
        client.get(PATH)

        AccessToken.objects.all()._raw_delete("default")  # past the signals, as another process is

        assert client.get(PATH).status_code == 401


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestAConnectionThatBroke:
    def test_is_replaced_before_anybody_notices(self, client):
        assert client.get(PATH).status_code == 404
        broken = connection.connection
        with psycopg.connect(**_parameters()) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [broken.info.backend_pid])

        connection.close_if_unusable_or_obsolete()  # as a request begins
        answer = client.get(PATH)

        assert answer.status_code == 404
        assert connection.connection is not broken

    def test_costs_no_statement_while_it_holds(self, client):
        client.get(PATH)

        connection.health_check_done = False  # as a request begins
        with mock.patch.object(connection, "is_usable") as asked:
            assert client.get(PATH).status_code == 404

        asked.assert_not_called()


def _parameters():
    given = connection.get_connection_params()
    return {name: given[name] for name in ("dbname", "user", "host", "port", "password") if name in given}


@pytest.mark.usefixtures("remembering")
class TestRemembering:
    def test_saves_the_statement(self, client, django_assert_num_queries):
        with django_assert_num_queries(1):
            answers = [client.get(PATH).status_code for _ in range(3)]

        assert answers == [404, 404, 404]

    def test_ends_after_its_seconds(self, client, monkeypatch, django_assert_num_queries):
        now = [1000.0]
        monkeypatch.setattr(tokens, "monotonic", lambda: now[0])
        client.get(PATH)

        now[0] += 4.9
        with django_assert_num_queries(0):
            client.get(PATH)
        now[0] += 0.1
        with django_assert_num_queries(1):
            client.get(PATH)

    def test_ends_with_the_setting(self, client, settings, django_assert_num_queries):
        client.get(PATH)

        settings.TOKEN_CACHE_SECONDS = 0

        with django_assert_num_queries(1):
            client.get(PATH)

    def test_does_not_outlive_the_token(self, clerk):
        with time_machine.travel(NOON, tick=False) as clock:
            client = ApiClient(token_for(clerk, expires=timezone.now() + timedelta(seconds=2)))
            assert client.get(PATH).status_code == 404

            clock.shift(timedelta(seconds=2))

            assert client.get(PATH).status_code == 401

    def test_looks_at_the_person_each_time(self, client, clerk):
        client.get(PATH)

        User.objects.filter(pk=clerk.pk).update(is_active=False)  # sends no signal
        cached = client.get(PATH).status_code
        clear_token_cache()

        assert (cached, client.get(PATH).status_code) == (404, 401)

    def test_looks_at_the_application_each_time(self, client, monkeypatch):
        client.get(PATH)

        monkeypatch.setattr(Application, "is_usable", lambda *_: False)

        assert client.get(PATH).status_code == 401

    def test_ends_when_the_token_is_revoked(self, client):
        client.get(PATH)

        answer = Client().post("/o/revoke_token/", {"token": client.token, "client_id": "demo"})

        assert answer.status_code == 200
        assert client.get(PATH).status_code == 401

    def test_ends_when_the_person_may_no_longer_log_in(self, client, clerk):
        client.get(PATH)

        clerk.is_active = False
        clerk.save()

        assert client.get(PATH).status_code == 401

    def test_ends_when_the_person_is_no_longer_staff(self, client, clerk):
        client.get(PATH)

        clerk.is_staff = False
        clerk.save()

        assert len(token_cache) == 0

    def test_ends_when_the_application_goes(self, client, demo_application):
        client.get(PATH)

        demo_application.delete()

        assert client.get(PATH).status_code == 401

    def test_ends_when_rights_change(self, client, clerk):
        group = Group.objects.create(name="desk")
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

    def test_is_bounded(self, clerk, monkeypatch):
        monkeypatch.setattr(token_cache, "max_size", 3)
        clients = [ApiClient(token_for(clerk)) for _ in range(5)]

        for client in clients:
            client.get(PATH)

        assert len(token_cache) == 3
        assert [client.get(PATH).status_code for client in clients] == [404] * 5

    def test_keeps_no_token_that_could_be_used(self, client):
        client.get(PATH)

        assert token_cache.get(client.token) is None
        assert client.token not in repr(vars(token_cache))

    def test_remembers_no_stranger(self, db):
        for turn in range(5):
            assert ApiClient(f"unknown-{turn}").get(PATH).status_code == 401

        assert len(token_cache) == 0

    def test_gives_each_request_a_person_of_its_own(self, client):
        client.get(PATH)

        first, second = tokens.find_token(client.token), tokens.find_token(client.token)
        first.user.is_active = False

        assert second.user.is_active
        assert second.user == first.user
        assert second.application == first.application
