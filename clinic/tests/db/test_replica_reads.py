"""Reads that would go to a replica, without one that can be read; clinic/tests/test_replica.py has a real one."""

import pytest
from django.db import connection, connections, transaction

from clinic.db import replica
from clinic.db.replica import read_from_replica
from clinic.tests.clusters import free_port

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def second(settings, monkeypatch):
    """`second(port)` names a server as the replica and returns the connection to it."""
    monkeypatch.setattr(replica, "_state", {"paused_until": 0.0})

    def name(**changes):
        configured = {**connection.settings_dict, **changes}
        monkeypatch.setitem(settings.DATABASES, "replica", configured)
        # Django's tests refuse other aliases that were not there at the start
        connections["replica"] = type(connections["default"])(configured, alias="default")
        return connections["replica"]

    yield name
    connections["replica"].close()
    del connections["replica"]


def alias_in_use():
    return "replica" if connections["default"] is connections["replica"] else "default"


def test_server_that_is_no_replica_is_not_read(second):
    second()

    assert read_from_replica(alias_in_use) == "default"


def test_server_that_does_not_respond_is_left_alone(second, monkeypatch):
    dead = second(HOST="127.0.0.1", PORT=free_port())
    tries = []
    monkeypatch.setattr(dead, "connect", lambda connect=dead.connect: (tries.append(1), connect()))

    assert [read_from_replica(alias_in_use) for _ in range(3)] == ["default"] * 3
    assert len(tries) == 1


def test_replica_is_not_read_inside_a_transaction(second, monkeypatch):
    second()
    monkeypatch.setattr(replica, "_has_caught_up", lambda *_: True)

    with transaction.atomic():
        assert read_from_replica(alias_in_use) == "default"
    assert read_from_replica(alias_in_use) == "replica"
    assert alias_in_use() == "default"


def test_read_that_fails_on_the_replica_is_repeated_on_the_primary(second, monkeypatch):
    reading = second()
    monkeypatch.setattr(replica, "_has_caught_up", lambda *_: True)
    used = []

    def read():
        used.append(alias_in_use())
        if used == ["replica"]:
            reading.connection.close()
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone()

    reading.ensure_connection()
    assert read_from_replica(read) == (1,)
    assert used == ["replica", "default"]


def test_error_of_the_program_is_not_hidden(second, monkeypatch):
    second()
    monkeypatch.setattr(replica, "_has_caught_up", lambda *_: True)

    def read():
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT nothing")

    with pytest.raises(Exception, match="nothing"):
        read_from_replica(read)
    assert alias_in_use() == "default"
