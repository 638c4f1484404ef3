"""The token that changes whenever something is stored in the database."""

import pytest
from django.db import connection, connections, transaction

from billing.models import Service
from billing.tests.factories import ServiceFactory
from clinic.db.transactions import change_token


@pytest.mark.django_db(transaction=True)
class TestChangeToken:
    @pytest.fixture
    def another(self):
        """A second connection to the same database."""
        another = connections.create_connection("default")
        yield another
        another.close()

    def test_token_stays_equal_while_nothing_is_stored(self, another):
        def stays():
            token = change_token(connection)
            with another.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM billing_service")
            return token == change_token(connection)

        assert any(stays() for _ in range(500))  # other tests store something in the same cluster

    def test_token_changes_when_this_connection_stores_something(self):
        token = change_token(connection)
        ServiceFactory()

        assert token != change_token(connection)

    def test_token_changes_when_another_connection_stores_something(self, another):
        ServiceFactory(active=True)
        token = change_token(connection)
        with another.cursor() as cursor:
            cursor.execute("UPDATE billing_service SET active = %s", [False])

        assert token != change_token(connection)

    @pytest.mark.postgres
    def test_token_changes_when_an_earlier_transaction_commits(self, another):
        service = ServiceFactory(active=True)
        with transaction.atomic(), another.cursor() as cursor:
            Service.objects.update(active=False)
            token = change_token(another)
            cursor.execute("SELECT active FROM billing_service WHERE id = %s", [service.pk])
            assert cursor.fetchone() == (True,)

        assert token != change_token(another)

    def test_token_differs_between_connections_of_sqlite_only(self, another):
        if connection.vendor == "postgresql":
            assert any(change_token(connection) == change_token(another) for _ in range(500))
        else:
            assert change_token(connection) != change_token(another)

    def test_token_is_none_inside_a_transaction(self):
        with transaction.atomic():
            assert change_token(connection) is None
