"""The product before a PostgreSQL server of a test's own."""

import os
import subprocess
import sys
from contextlib import contextmanager
from types import SimpleNamespace

from billing.tests.live_server import ROOT, served
from clinic.tests.clusters import clusters

STATEMENT_TIMEOUT = 1  # second


@contextmanager
def filled_cluster():
    """A server with the logins of the demo; its `make_replica()` returns one that is not initialised."""
    with clusters("wal_level=replica") as make:
        cluster = make()
        cluster.initialise()
        cluster.make_replica = make
        for command in (["migrate", "--verbosity", "0"], ["demo", "--invoices", "1"]):
            arguments = [sys.executable, str(ROOT / "manage.py"), *command]
            done = subprocess.run(arguments, env=environment(cluster.url), capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        yield cluster


def environment(url):
    return {"PATH": os.environ["PATH"], "CLINIC_DEMO": "1", "DATABASE_URL": url, "PYTHONPATH": str(ROOT)}


@contextmanager
def clinic_at(url, folder, **settings):
    """The product with one worker and this database; its `headers` have a token of the clerk."""
    books = SimpleNamespace(path=folder / "unused", environment=environment(url))
    with served(books, workers=1, STATEMENT_TIMEOUT=str(STATEMENT_TIMEOUT), **settings) as clinic:
        clinic.headers = {"Authorization": f"Bearer {clinic.token()}", "Content-Type": "application/json"}
        yield clinic
