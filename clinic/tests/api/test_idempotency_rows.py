"""What is kept of a request under an Idempotency-Key, and how long: a day, or for ever where money moved."""

import hashlib
import io
import json
from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command

from clinic.domain.audit import record_money_movement, track_money_movement
from clinic.models import IdempotencyKey
from clinic.testing import NOON, ApiClient, token_for
from clinic.tests.api.keyed import ZOE, add, kept, under
from patients.models import Patient

JUST_A_DAY = timedelta(hours=24)


class TestRow:
    def test_keeps_a_digest_of_the_body_and_the_answer(self, client, clerk, demo_application, noon):
        answer = client.post("/patient/", b'{"family_name": "Kov\xc3\xa1cs"}', headers=under("k-1"))

        row = IdempotencyKey.objects.get()
        assert (row.user, row.application, row.key) == (clerk, demo_application, "k-1")
        assert (str(row), row.status, row.created_at) == ("POST /patient", 201, noon)
        assert row.body_digest == hashlib.sha256(b'{"family_name": "Kov\xc3\xa1cs"}').hexdigest()
        assert bytes(row.body) == answer.content
        assert row.headers == {"Location": answer.headers["Location"], "ETag": answer.headers["ETag"]}
        assert row.moved_money is False


class TestHowLongItIsKept:
    @pytest.fixture
    def desk(self, clerk, demo_application):
        return ApiClient(token_for(clerk, application=demo_application, expires=NOON + timedelta(days=4000)))

    def test_a_day(self, desk):
        with time_machine.travel(NOON, tick=False):
            add(desk)
        with time_machine.travel(NOON + JUST_A_DAY - timedelta(seconds=1), tick=False):
            assert add(desk).headers["Idempotent-Replayed"] == "true"

        assert Patient.objects.count() == 1

    def test_not_longer(self, desk):
        with time_machine.travel(NOON, tick=False):
            add(desk)
        with time_machine.travel(NOON + JUST_A_DAY, tick=False):
            again, replay = add(desk), add(desk)

        assert "Idempotent-Replayed" not in again.headers
        assert replay.content == again.content
        assert Patient.objects.count() == 2
        assert IdempotencyKey.objects.get().created_at == NOON + JUST_A_DAY

    def test_for_another_request_not_longer_either(self, desk):
        with time_machine.travel(NOON, tick=False):
            add(desk)
        with time_machine.travel(NOON + JUST_A_DAY, tick=False):
            assert add(desk, body={**ZOE, "given_name": "Zoe"}).status_code == 201

    def test_an_expired_one_is_as_it_was_when_the_request_fails(self, desk):
        with time_machine.travel(NOON, tick=False):
            add(desk)
        with time_machine.travel(NOON + JUST_A_DAY, tick=False):
            add(desk, body=b"{")

        assert IdempotencyKey.objects.get().created_at == NOON

    def test_for_ever_where_money_moved(self, desk):
        with time_machine.travel(NOON, tick=False):
            first = add(desk)
            IdempotencyKey.objects.update(moved_money=True)
        with time_machine.travel(NOON + timedelta(days=3650), tick=False):
            assert add(desk).content == first.content

        assert Patient.objects.count() == 1


class TestWatchingMoney:
    def test_sees_it_move(self):
        with track_money_movement() as money:
            record_money_movement()

        assert money.moved

    def test_sees_that_it_did_not(self):
        record_money_movement()
        with track_money_movement() as money:
            pass
        record_money_movement()

        assert not money.moved


@pytest.mark.django_db
@pytest.mark.usefixtures("clerk")
class TestClearing:
    @pytest.fixture
    def keys(self, clerk):
        """A fresh one, one of just a day, an old one; and one that moved money."""
        ages = {"fresh": timedelta(hours=23), "day": JUST_A_DAY, "old": timedelta(days=90)}
        for name, age in ages.items():
            kept(user=clerk, key=name, created_at=NOON - age)
        kept(user=clerk, key="money", created_at=NOON - timedelta(days=90), moved_money=True)

    @pytest.fixture
    def clear(self, noon, keys):
        def run(*arguments):
            stdout = io.StringIO()
            call_command("clear_idempotency_keys", *arguments, stdout=stdout)
            return stdout.getvalue()

        return run

    def names(self):
        return set(IdempotencyKey.objects.values_list("key", flat=True))

    def test_is_dry_until_told(self, clear):
        printed = clear()

        assert printed == "Would remove 2 of 4 keys. Nothing was changed; add --commit to do it.\n"
        assert self.names() == {"fresh", "day", "old", "money"}

    @pytest.mark.parametrize("batch", [(), ("--batch=1",)])
    def test_removes_what_is_a_day_old_and_moved_no_money(self, clear, batch):
        printed = clear("--commit", *batch)

        assert printed == "Removed 2 of 4 keys.\n"
        assert self.names() == {"fresh", "money"}

    def test_removes_nothing_twice(self, clear):
        clear("--commit")

        assert json.loads(clear("--commit", "--json")) == {"committed": True, "expired": 0, "kept": 2, "removed": 0}

    @pytest.mark.parametrize("wrong", ["0", "-1", "many"])
    def test_wants_a_number(self, clear, wrong):
        with pytest.raises(CommandError, match="--batch"):
            clear("--commit", f"--batch={wrong}")
