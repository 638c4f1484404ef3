"""PostgreSQL comes back as of any second, by the steps of docs/operations.md: base backup, archived log, recovery."""

import logging
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

pytestmark = [pytest.mark.long, pytest.mark.neutral]

ROOT = Path(__file__).parents[4]
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
SECONDS = 12  # of writing

# Writes an invoice after the other, and prints the moments before and after each, and its id.
WRITER = """
from datetime import UTC, datetime
from decimal import Decimal
from django.utils import timezone
from billing.operations.drafts import create_draft
from billing.operations.invoice_input import InvoiceInput
from billing.operations.issuing import issue
from clinic.commands import parse_user_option
from patients.models import Patient
system, patient = parse_user_option("system"), Patient.objects.first()
while True:
    begun = datetime.now(UTC).timestamp()
    items = [{"description": "Visit", "unit_price": Decimal("80.00")}]
    from django.db import transaction
    with transaction.atomic():
        invoice = create_draft(InvoiceInput(fields={"patient": patient}, items=items), by=system, at=timezone.now())
        issue(invoice, by=system, at=timezone.now())
    print(begun, datetime.now(UTC).timestamp(), invoice.pk, flush=True)
"""


@pytest.fixture
def cluster():
    """A PostgreSQL of its own, which archives its log, in a temporary folder."""
    if not PROGRAMS or not (PROGRAMS[-1] / "initdb").exists():
        pytest.skip("no PostgreSQL server is installed in /usr/lib/postgresql (Debian: apt-get install postgresql)")
    if os.geteuid() == 0 and not shutil.which("runuser"):
        pytest.skip("PostgreSQL does not run as root, and there is no runuser")
    work = Path(tempfile.mkdtemp(prefix="clinic-recovery-", dir="/tmp"))  # the path of a socket is short
    cluster = Cluster(work)
    try:
        cluster.make()
        yield cluster
    finally:
        for data in ("restored", "data"):
            cluster.run("pg_ctl", "--pgdata", work / data, "--mode", "immediate", "stop", check=False)
        shutil.rmtree(work)


class Cluster:
    """The server's folders, and its programs, run as a user who is not root."""

    def __init__(self, work):
        self.work = work
        self.url = f"postgresql://clinic@/clinic?host={work}"
        self.owner = next(
            name for name in ("postgres", "nobody") if subprocess.run(["id", name], check=False).returncode == 0
        )

    def make(self):
        if os.geteuid() == 0:
            shutil.chown(self.work, self.owner)
        self.shell(f"mkdir {self.work}/archive")
        self.run(
            "initdb", "--pgdata", self.work / "data", "--username", "clinic", "--auth", "trust", "--encoding", "UTF8"
        )
        archived = f"{self.work}/archive/%f"
        settings = f"""
            listen_addresses = ''
            unix_socket_directories = '{self.work}'
            wal_level = replica
            archive_mode = on
            archive_command = 'test ! -f {archived} && cp %p {archived}.part && mv {archived}.part {archived}'
            archive_timeout = 60
        """
        self.append("data/postgresql.conf", settings)
        self.start("data")
        with psycopg.connect(f"postgresql://clinic@/postgres?host={self.work}", autocommit=True) as server:
            server.execute("CREATE DATABASE clinic ENCODING 'UTF8' TEMPLATE template0")

    def start(self, data):
        log = self.work / f"{data}.log"
        self.run("pg_ctl", "--pgdata", self.work / data, "--log", log, "--wait", "--timeout", "120", "start")

    def append(self, path, text):
        with (self.work / path).open("a") as file:
            file.write(text.replace("            ", ""))

    def run(self, program, *arguments, check=True):
        return self.shell(" ".join(f"'{part}'" for part in (PROGRAMS[-1] / program, *arguments)), check=check)

    def shell(self, command, *, check=True):
        become = ["runuser", "-u", self.owner, "--"] if os.geteuid() == 0 else []
        # the output goes to a file: a server that was started keeps a pipe open
        with tempfile.TemporaryFile() as output:
            done = subprocess.run([*become, "sh", "-c", command], cwd="/", stdout=output, stderr=output, check=False)
            output.seek(0)
            assert done.returncode == 0 or not check, output.read().decode()

    def manage(self, *arguments):
        return [sys.executable, str(ROOT / "manage.py"), *arguments], {
            **os.environ,
            "CLINIC_DEMO": "1",
            "DATABASE_URL": self.url,
        }

    def manage_now(self, *arguments):
        command, environment = self.manage(*arguments)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_recovery_to_a_second_has_all_that_was_acknowledged_before_it_and_nothing_after(cluster):
    cluster.manage_now("migrate", "--verbosity", "0")
    cluster.manage_now("demo", "--invoices", "3")
    cluster.shell(
        f"{PROGRAMS[-1]}/pg_basebackup --host {cluster.work} --username clinic --checkpoint=fast "
        f"--pgdata={cluster.work}/base --format=tar --gzip --wal-method=none"
    )
    written = write_for(cluster, SECONDS)
    first, last = written[0][1], written[-1][0]
    target = random.uniform(first + 1, last - 1)
    cluster.run("pg_ctl", "--pgdata", cluster.work / "data", "--mode", "immediate", "stop")
    cluster.shell(f"cp -n {cluster.work}/data/pg_wal/0000* {cluster.work}/archive/")

    recover(cluster, datetime.fromtimestamp(target, UTC))

    before = {key for _begun, acknowledged, key in written if acknowledged < target}
    after = {key for begun, _acknowledged, key in written if begun > target}
    with psycopg.connect(cluster.url) as connection:
        stored = {str(key) for (key,) in connection.execute("SELECT id FROM billing_invoice")}
    figures = f"{len(before - stored)} of {len(before)} missing, {len(after & stored)} of {len(after)} too many"
    logging.getLogger(__name__).warning("Of %d invoices: %s", len(written), figures)
    assert before
    assert after
    assert before - stored == set()
    assert after & stored == set()
    cluster.manage_now("check_books", "--full")


def write_for(cluster, seconds):
    """Let two processes write for some seconds; return the moments before and after each write, and its id."""
    command, environment = cluster.manage("shell", "--no-imports", "-c", WRITER)
    outputs = [(cluster.work / f"writer-{n}").open("w+") for n in range(2)]
    errors = [(cluster.work / f"writer-{n}.errors").open("w+") for n in range(2)]
    writers = [
        subprocess.Popen(command, env=environment, stdout=output, stderr=error)
        for output, error in zip(outputs, errors, strict=True)
    ]
    deadline = time.monotonic() + 120
    while not all(output.tell() or os.fstat(output.fileno()).st_size for output in outputs):
        assert all(writer.poll() is None for writer in writers), [Path(error.name).read_text() for error in errors]
        assert time.monotonic() < deadline, "nothing was written in time"
        time.sleep(0.2)
    time.sleep(seconds)
    for writer in writers:
        writer.kill()
        writer.wait()
    lines = [line.split() for output in outputs for line in Path(output.name).read_text().splitlines()]
    return sorted((float(begun), float(acknowledged), key) for begun, acknowledged, key in lines)


def recover(cluster, target):
    """Restore the base backup, and replay the archived log up to the moment."""
    cluster.shell(
        f"mkdir -m 700 {cluster.work}/restored && tar -xzf {cluster.work}/base/base.tar.gz -C {cluster.work}/restored"
    )
    settings = f"""
            restore_command = 'cp {cluster.work}/archive/%f %p'
            recovery_target_time = '{target:%Y-%m-%d %H:%M:%S.%f}+00'
            recovery_target_action = 'promote'
            archive_mode = off
    """
    cluster.append("restored/postgresql.auto.conf", settings)
    cluster.shell(f"touch {cluster.work}/restored/recovery.signal")
    cluster.start("restored")
    deadline = time.monotonic() + 120
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        while connection.execute("SELECT pg_is_in_recovery()").fetchone()[0]:
            assert time.monotonic() < deadline, (cluster.work / "restored.log").read_text()
            time.sleep(0.2)
