"""One Idempotency-Key against a real server: sent by many at once, and when a worker dies in the middle."""

import json
import subprocess
import sys
from collections import Counter

import pytest

from billing.tests.concurrency import parallel_requests
from billing.tests.live_server import Books, served

PROCESSES, POSTS = 8, 50
# What one invoice that is paid at once leaves in the books, and beside them.
WHOLE = {"billing_invoice": 1, "billing_payment": 1, "billing_paymentallocation": 1, "clinic_idempotencykey": 1}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def books(tmp_path_factory, django_db_setup):
    with Books(tmp_path_factory.mktemp("books")) as books:
        yield books


def headers(token, key):
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": key, "Content-Type": "application/json"}


def a_paid_invoice(clinic, token):
    """The body of an invoice over 80.00 that is paid at once."""
    _, _, answer = clinic.ask("GET", "/patient/?limit=1", headers={"Authorization": f"Bearer {token}"})
    [patient] = json.loads(answer)["data"]
    item = {"description": "Consultation", "unit_price": 80}
    return json.dumps({"patient_id": patient["id"], "items": [item], "status": "PAID"})


def counts(books):
    return {table: books.count(table) for table in WHOLE}


def grown(books, before):
    """By how many rows each table grew."""
    return {table: number - before[table] for table, number in counts(books).items()}


def at_once(clinic, token, key, body):
    """Return the answers to 50 posts by each of 8 processes."""
    share = [POSTS // PROCESSES + (number < POSTS % PROCESSES) for number in range(PROCESSES)]
    processes = [
        subprocess.Popen(
            [sys.executable, parallel_requests.__file__, str(clinic.port), "/invoice/", token, key, str(times), body],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for times in share
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("now\n")
        process.stdin.flush()
    return [answer for process in processes for answer in json.loads(process.communicate(timeout=120)[0])]


class TestConcurrentPosts:
    def test_fifty_concurrent_posts_with_one_key_create_one_invoice(self, books, capsys):
        with served(books, workers=4) as clinic:
            token = clinic.token()
            body, before = a_paid_invoice(clinic, token), counts(books)
            answers = at_once(clinic, token, "fifty-at-once", body)
            last = clinic.ask("POST", "/invoice/", body, headers(token, "fifty-at-once"))

        made = [answer for answer in answers if answer["status"] == 201 and not answer["Idempotent-Replayed"]]
        replays = [answer for answer in answers if answer["Idempotent-Replayed"] == "true"]
        in_flight = [answer for answer in answers if answer["status"] == 409]
        with capsys.disabled():
            kind = "PostgreSQL" if books.is_postgresql else "SQLite"
            sys.stdout.write(f"\n{kind}: {len(made)} made, {len(replays)} replays, {len(in_flight)} in flight\n")

        assert len(answers) == POSTS
        assert (len(made), len(replays) + len(in_flight)) == (1, POSTS - 1), Counter(map(str, answers))
        for replay in replays:
            assert replay | {"Idempotent-Replayed": None} == made[0]
        for refused in in_flight:
            assert json.loads(refused["body"])["code"] == "idempotency_key_in_flight"
            assert int(refused["Retry-After"]) > 0
        assert (last[0], last[1]["idempotent-replayed"], last[2].decode()) == (201, "true", made[0]["body"])
        assert grown(books, before) == WHOLE


class TestCrashingWorker:
    @pytest.mark.parametrize(
        ("crash_point", "is_done"),
        [("before-the-answer-is-stored", False), ("after-the-answer-is-stored", False), ("after-the-commit", True)],
    )
    def test_crashed_worker_stores_both_the_invoice_and_the_response_or_neither(self, books, crash_point, is_done):
        with served(books, workers=1, program="billing/tests/concurrency/crashing_manage.py") as mortal:
            token = mortal.token()
            body, before = a_paid_invoice(mortal, token), counts(books)
            with pytest.raises(ConnectionError):
                mortal.ask("POST", "/invoice/", body, headers(token, crash_point))
        found = grown(books, before)
        with served(books, workers=1) as clinic:
            status, answers, _ = clinic.ask("POST", "/invoice/", body, headers(token, crash_point))

        assert found == (WHOLE if is_done else dict.fromkeys(WHOLE, 0))
        assert (status, answers.get("idempotent-replayed")) == (201, "true" if is_done else None)
        assert grown(books, before) == WHOLE
