"""Stored idempotency keys: contents, expiry after 24 hours or never if money moved, and clear_idempotency_keys."""

import hashlib
import io
import json
from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command

from clinic.models import IdempotencyKey
from clinic.testing import NOON, ApiClient, token_for
from clinic.tests.api.idempotency_keys import ZOE, key_header, post_with_key, stored_key
from patients.models import Patient

ONE_DAY = timedelta(hours=24)


class TestStoredKey:
    def test_stored_key_has_a_digest_of_the_body_and_the_response(self, client, clerk, demo_application, noon):
        answer = client.post("/patient/", b'{"family_name": "Kov\xc3\xa1cs"}', headers=key_header("k-1"))

        row = IdempotencyKey.objects.get()
        assert (row.user, row.application, row.key) == (clerk, demo_application, "k-1")
        assert (str(row), row.status, row.created_at) == ("POST /patient", 201, noon)
        assert row.body_digest == hashlib.sha256(b'{"family_name": "Kov\xc3\xa1cs"}').hexdigest()
        assert bytes(row.body) == answer.content
        assert row.headers == {"Location": answer.headers["Location"], "ETag": answer.headers["ETag"]}
        assert row.moved_money is False


class TestExpiry:
    @pytest.fixture
    def client(self, clerk, demo_application):
        return ApiClient(token_for(clerk, application=demo_application, expires=NOON + timedelta(days=4000)))

    def test_key_is_kept_for_24_hours(self, client):
        with time_machine.travel(NOON, tick=False):
            post_with_key(client)
        with time_machine.travel(NOON + ONE_DAY - timedelta(seconds=1), tick=False):
            assert post_with_key(client).headers["Idempotent-Replayed"] == "true"

        assert Patient.objects.count() == 1

    def test_key_expires_after_24_hours(self, client):
        with time_machine.travel(NOON, tick=False):
            post_with_key(client)
        with time_machine.travel(NOON + ONE_DAY, tick=False):
            again, replay = post_with_key(client), post_with_key(client)

        assert "Idempotent-Replayed" not in again.headers
        assert replay.content == again.content
        assert Patient.objects.count() == 2
        assert IdempotencyKey.objects.get().created_at == NOON + ONE_DAY

    def test_expired_key_can_be_used_for_another_request(self, client):
        with time_machine.travel(NOON, tick=False):
            post_with_key(client)
        with time_machine.travel(NOON + ONE_DAY, tick=False):
            assert post_with_key(client, body={**ZOE, "given_name": "Zoe"}).status_code == 201

    def test_expired_key_stays_when_the_new_request_fails(self, client):
        with time_machine.travel(NOON, tick=False):
            post_with_key(client)
        with time_machine.travel(NOON + ONE_DAY, tick=False):
            post_with_key(client, body=b"{")

        assert IdempotencyKey.objects.get().created_at == NOON

    def test_key_of_a_request_that_moved_money_is_kept_for_ever(self, client):
        with time_machine.travel(NOON, tick=False):
            first = post_with_key(client)
            IdempotencyKey.objects.update(moved_money=True)
        with time_machine.travel(NOON + timedelta(days=3650), tick=False):
            assert post_with_key(client).content == first.content

        assert Patient.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("clerk")
class TestCommand:
    @pytest.fixture
    def keys(self, clerk):
        """Keys of 23 hours, of 24 hours and of 90 days, and one of 90 days that moved money."""
        ages = {"fresh": timedelta(hours=23), "day": ONE_DAY, "old": timedelta(days=90)}
        for name, age in ages.items():
            stored_key(user=clerk, key=name, created_at=NOON - age)
        stored_key(user=clerk, key="money", created_at=NOON - timedelta(days=90), moved_money=True)

    @pytest.fixture
    def clear(self, noon, keys):
        def run(*arguments):
            stdout = io.StringIO()
            call_command("clear_idempotency_keys", *arguments, stdout=stdout)
            return stdout.getvalue()

        return run

    def stored_names(self):
        return set(IdempotencyKey.objects.values_list("key", flat=True))

    def test_clearing_is_dry_without_commit(self, clear):
        printed = clear()

        assert printed == "Would remove 2 of 4 keys. Nothing was changed; add --commit to do it.\n"
        assert self.stored_names() == {"fresh", "day", "old", "money"}

    @pytest.mark.parametrize("batch", [(), ("--batch=1",)])
    def test_clearing_removes_expired_keys_that_moved_no_money(self, clear, batch):
        printed = clear("--commit", *batch)

        assert printed == "Removed 2 of 4 keys.\n"
        assert self.stored_names() == {"fresh", "money"}

    def test_clearing_twice_removes_nothing_more(self, clear):
        clear("--commit")

        assert json.loads(clear("--commit", "--json")) == {"committed": True, "expired": 0, "kept": 2, "removed": 0}

    @pytest.mark.parametrize("wrong", ["0", "-1", "many"])
    def test_clearing_needs_a_valid_batch_size(self, clear, wrong):
        with pytest.raises(CommandError, match="--batch"):
            clear("--commit", f"--batch={wrong}")
