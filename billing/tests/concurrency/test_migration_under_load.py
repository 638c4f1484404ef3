"""A migration that changes all triggers while the clinic works: no deadlock, and no request that fails."""

import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from billing.tests.live_server import ROOT, Books, served

pytestmark = [pytest.mark.postgres, pytest.mark.long]

TIMES = 20
MIGRATE = f"""
import django, time
django.setup()
from django.db import connection, migrations
from clinic.db.migration_locks import LockingExecutor
from clinic.db.sql_files import RunSQLFile

class ChangeTriggers(migrations.Migration):
    operations = [
        RunSQLFile("0004_drop_triggers", "0004_create_triggers"),
        RunSQLFile("0004_create_triggers", "0004_drop_triggers"),
    ]

waited = []
report = lambda action, *_: waited.append(action)
for number in range({TIMES}):
    executor = LockingExecutor(connection, report)
    state = executor._create_project_state(with_applied_migrations=True)
    executor.apply_migration(state, ChangeTriggers(f"9{{number:03}}_change_triggers", "billing"))
    time.sleep(0.2)
print(waited.count("waiting_for_locks"))
"""


@pytest.fixture
def books(tmp_path):
    with Books(tmp_path, invoices=200) as books:
        yield books


def test_requests_go_on_while_a_migration_changes_the_triggers(books):
    """Prints the longest answer before and during the migrations."""
    with served(books, workers=2) as clinic:
        headers = {"Authorization": f"Bearer {clinic.token()}", "Content-Type": "application/json"}
        invoice = json.loads(clinic.ask("GET", "/invoice/?status=ISSUED", headers=headers)[2])["data"][0]
        payment = json.dumps({"patient_id": invoice["patient_id"], "amount": 0.01, "method": "cash"}).encode()
        requests = [
            ("GET", "/invoice/?limit=50", b""),
            ("GET", f"/invoice/{invoice['id']}", b""),
            ("POST", "/patient/", b'{"given_name": "Ada", "family_name": "Kim"}'),
            ("POST", "/payment/", payment),
        ]
        is_over = threading.Event()

        def send_all_the_time(request):
            answers = []
            while not is_over.is_set():
                began = time.monotonic()
                status, _, body = clinic.ask(*request, headers)
                answers.append((status, time.monotonic() - began, body if status >= 400 else b""))
            return answers

        with ThreadPoolExecutor(len(requests)) as clients:
            running = [clients.submit(send_all_the_time, request) for request in requests]
            time.sleep(2)
            command = [sys.executable, "-c", MIGRATE]
            environment = {**books.environment, "DJANGO_SETTINGS_MODULE": "clinic.settings"}
            done = subprocess.run(
                command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
            )
            is_over.set()
            answers = [answer for sender in running for answer in sender.result()]

    assert done.returncode == 0, done.stderr
    longest = max(seconds for _, seconds, _ in answers)
    sys.stdout.write(
        f"\n{TIMES} migrations during {len(answers)} requests: the longest answer took {longest:.2f} s; "
        f"the locks were given up {done.stdout.strip()} times\n"
    )
    assert [answer for answer in answers if answer[0] >= 400] == []
