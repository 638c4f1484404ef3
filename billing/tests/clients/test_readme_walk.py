"""The walk through the API in the README: as it stands there, and with generated clients in Python and TypeScript."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from billing.tests.clients.generating import compile_typescript, generate
from billing.tests.live_server import ROOT, Books, served

pytestmark = [pytest.mark.slow, pytest.mark.neutral]

HERE = Path(__file__).parent
SEEN = {
    "statuses": ["DRAFT", "ISSUED", "PARTIALY_PAID", "PAID"],
    "total": 154.99,
    "paid": 100.0,
    "remaining": 54.99,
    "refused": "paid_amount_below_ledger",
    "events": ["created", "issued", "paid", "paid"],
    "has_times": True,
}


@pytest.fixture
def site(tmp_path):
    """The address of a clinic with the demo's logins."""
    with Books(tmp_path) as books, served(books, workers=1) as clinic:
        yield f"http://127.0.0.1:{clinic.port}"


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_walk_works_as_the_readme_has_it(site):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    script = re.search(r"## Five minutes with curl\n.*?```sh\n(.*?)```", text, re.DOTALL)[1]
    script = script.replace("http://127.0.0.1:8000", site)

    done = subprocess.run(
        ["sh", "-euc", script],
        env={"PATH": os.environ["PATH"], "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    issued, payment, part_paid, paid, refusal, events = map(json.loads, done.stdout.splitlines())
    statuses = [SEEN["statuses"][0], *(each["status"] for each in (issued, part_paid, paid))]
    assert statuses == SEEN["statuses"]
    assert (issued["total_amount"], payment["amount"], part_paid["remaining_amount"]) == (154.99, 100, 54.99)
    assert refusal["code"] == SEEN["refused"]
    assert [event["kind"] for event in events["data"]] == SEEN["events"]


@pytest.mark.long
def test_walk_works_with_the_generated_client_in_python(programs, schema_file, site):
    client, _ = generate(programs, "python", schema_file)

    printed = programs.run(programs.python, HERE / "walk.py", site, cwd=client, PYTHONPATH=str(client))

    assert json.loads(printed) == SEEN


@pytest.mark.long
def test_walk_works_with_the_generated_client_in_typescript(programs, schema_file, site):
    client, _ = generate(programs, "typescript-fetch", schema_file)
    shutil.copy(HERE / "walk.ts", client)
    compile_typescript(programs, client)

    printed = programs.run("node", client / "walk.js", site, cwd=client)

    assert json.loads(printed) == SEEN
