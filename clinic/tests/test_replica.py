"""Lists that are read from a streaming replica."""

import json
import time
from contextlib import contextmanager

import pytest

from clinic.tests.clusters import wait_until
from clinic.tests.served_clusters import clinic_at, filled_cluster

pytestmark = [pytest.mark.long, pytest.mark.neutral]


@pytest.fixture(scope="module")
def primary():
    with filled_cluster() as cluster:
        yield cluster


@pytest.fixture
def replica(primary):
    replica = primary.make_replica()
    replica.copy_from(primary)
    yield replica
    replica.stop()


@pytest.fixture
def clinic(primary, replica, tmp_path):
    with clinic_at(primary.url, tmp_path, REPLICA_DATABASE_URL=replica.url) as clinic:
        yield clinic


def new_patient(clinic):
    body = json.dumps({"given_name": "Ada", "family_name": "Kim"}).encode()
    status, _, body = clinic.ask("POST", "/patient/", body, clinic.headers)
    assert status == 201
    return json.loads(body)["id"]


def newest_patient(clinic):
    """The id of the newest patient in the list, and the seconds that it took."""
    began = time.monotonic()
    status, _, body = clinic.ask("GET", "/patient/?limit=1&order_by=-created_at", headers=clinic.headers)
    assert status == 200, body
    return json.loads(body)["data"][0]["id"], time.monotonic() - began


def reads(cluster):
    """The number of connections whose last statement read the list, or asked whether its count has changed."""
    [(number,)] = cluster.execute(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = 'clinic' AND pid <> pg_backend_pid() "
        "AND (query LIKE '%FROM \"patients_patient\"%' OR query LIKE '%pg_current_snapshot%')"
    )
    return number


@contextmanager
def lagging(replica):
    replica.execute("SELECT pg_wal_replay_pause()")
    try:
        yield
    finally:
        replica.execute("SELECT pg_wal_replay_resume()")


class TestReplica:
    def test_list_is_read_from_the_replica(self, clinic, replica):
        newest_patient(clinic)

        assert reads(replica) == 1

    def test_single_record_and_changes_are_not(self, clinic, replica):
        key = new_patient(clinic)

        assert clinic.ask("GET", f"/patient/{key}", headers=clinic.headers)[0] == 200
        assert reads(replica) == 0

    def test_list_has_what_was_stored_just_before(self, clinic, replica):
        for _ in range(30):
            assert new_patient(clinic) == newest_patient(clinic)[0]

        assert reads(replica) == 1


class TestReplicaInTrouble:
    def test_list_is_read_from_the_primary_while_the_replica_lags(self, clinic, replica):
        with lagging(replica):
            assert new_patient(clinic) == newest_patient(clinic)[0]
        assert reads(replica) == 0

        wait_until(lambda: newest_patient(clinic) and reads(replica) == 1, seconds=5)

    def test_list_is_read_from_the_primary_while_the_replica_is_frozen(self, clinic, replica):
        newest_patient(clinic)
        key = new_patient(clinic)
        replica.freeze()

        found = [newest_patient(clinic) for _ in range(2)]

        assert {newest for newest, _ in found} == {key}
        assert found[0][1] < 3
        assert found[1][1] < 0.5  # the replica is left alone

    def test_list_is_read_from_the_primary_after_the_replica_ended(self, clinic, replica):
        newest_patient(clinic)
        replica.stop()

        assert new_patient(clinic) == newest_patient(clinic)[0]

    def test_replica_that_was_promoted_is_not_read(self, clinic, replica):
        replica.promote()

        assert new_patient(clinic) == newest_patient(clinic)[0]
        assert reads(replica) == 0

    def test_server_starts_without_the_replica(self, primary, replica, tmp_path):
        replica.stop()

        with clinic_at(primary.url, tmp_path, REPLICA_DATABASE_URL=replica.url) as clinic:
            assert new_patient(clinic) == newest_patient(clinic)[0]
