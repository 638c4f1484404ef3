"""Walks through the API: of the README, also with generated clients in Python and TypeScript, and of /docs/."""

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.request import urlopen

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


def run_in_shell(script):
    """Return what a script printed, which must not fail."""
    environment = {"PATH": os.environ["PATH"], "no_proxy": "127.0.0.1"}
    done = subprocess.run(["sh", "-euc", script], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


with_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")


@with_curl
def test_walk_works_as_the_readme_has_it(site):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    script = re.search(r"## Five minutes with curl\n.*?```sh\n(.*?)```", text, re.DOTALL)[1]

    printed = run_in_shell(script.replace("http://127.0.0.1:8000", site))

    issued, payment, part_paid, paid, refusal, events = map(json.loads, printed.splitlines())
    statuses = [SEEN["statuses"][0], *(each["status"] for each in (issued, part_paid, paid))]
    assert statuses == SEEN["statuses"]
    assert (issued["total_amount"], payment["amount"], part_paid["remaining_amount"]) == (154.99, 100, 54.99)
    assert refusal["code"] == SEEN["refused"]
    assert [event["kind"] for event in events["data"]] == SEEN["events"]


@with_curl
def test_lines_of_the_guide_in_docs_work_on_the_demo(site):
    page = urlopen(f"{site}/docs/").read().decode()
    lines = [
        html.unescape(block) for block in re.findall(r'<pre class="shell"><code>(.*?)</code></pre>', page, re.DOTALL)
    ]

    printed = run_in_shell("\n".join(lines))

    issued, payment, part_paid, refusal, rest, again, paid, found = map(json.loads, printed.splitlines())
    assert [each["status"] for each in (issued, part_paid)] == ["ISSUED", "PARTIALY_PAID"]
    assert (payment["amount"], part_paid["remaining_amount"]) == (100, 54.99)
    assert [each["pointer"] for each in refusal["errors"]] == ["/discount_percent", "/items/0/description"]
    assert rest == again
    assert issued["id"] in {invoice["id"] for invoice in paid["data"]} & {invoice["id"] for invoice in found["data"]}


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
