"""PostgreSQL servers of a test's own, which it may freeze, stop, demote and copy; and PgBouncer before one of them."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).parents[2]


def programs():
    """The folder of the newest PostgreSQL's programs; the test is skipped where there are none."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not found:
        pytest.skip("PostgreSQL's programs are not installed (Debian: apt-get install postgresql).")
    return max(found, key=lambda folder: float(folder.parent.name))


def owner():
    """The arguments of subprocess that run a program as a user other than root: PostgreSQL does not run as root."""
    if os.getuid() != 0:
        return {}
    name = os.environ.get("CLUSTER_OWNER", "nobody")
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}


def run(*command):
    """Run a program as the owner of clusters."""
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, cwd="/", **owner()
    )
    assert done.returncode == 0, done.stderr


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Cluster:
    """A PostgreSQL server on a port of this machine."""

    def __init__(self, folder, *options):
        self.data = folder
        self.port = free_port()
        self.options = options
        self.process = None
        self.address = f"postgresql://clinic@127.0.0.1:{self.port}"
        self.url = f"{self.address}/clinic"

    def initialise(self):
        run(
            programs() / "initdb", "-D", self.data, "-U", "clinic", "--auth", "trust", "--encoding", "UTF8", "--no-sync"
        )
        self.start()
        with psycopg.connect(f"{self.address}/postgres", autocommit=True) as server:
            server.execute("CREATE DATABASE clinic")

    def copy_from(self, primary):
        """Become a streaming replica of another server."""
        run(programs() / "pg_basebackup", "-D", self.data, "-d", primary.url, "-R", "--checkpoint=fast", "--no-sync")
        self.start()

    def start(self):
        settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_wal_senders=4")
        options = [part for setting in (*settings, *self.options) for part in ("-c", setting)]
        command = [str(programs() / "postgres"), "-D", str(self.data), "-p", str(self.port), *options]
        with (self.data.parent / f"{self.data.name}.log").open("a") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **owner())
        wait_until(self.is_up)

    def is_up(self):
        with suppress(psycopg.OperationalError), psycopg.connect(f"{self.address}/postgres"):
            return True
        return False

    def stop(self, how=signal.SIGINT):
        """End the server; SIGINT is the fast shutdown, SIGQUIT the immediate one."""
        if self.process is not None:
            self.thaw()
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None

    def freeze(self):
        """Stop all processes of the server where they are; the kernel still acknowledges what is sent to them."""
        for pid in self._processes():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self):
        for pid in self._processes():
            os.kill(pid, signal.SIGCONT)

    def promote(self):
        run(programs() / "pg_ctl", "promote", "-D", self.data, "--wait")

    def execute(self, sql):
        """The rows of a statement, run as superuser."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def _processes(self):
        """The process ids of the server and its children, the server first, so that it starts no others."""
        parent = str(self.process.pid)
        found = [self.process.pid]
        for status in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                if status.read_text().rpartition(")")[2].split()[1] == parent:
                    found.append(int(status.parent.name))
        return found


def wait_until(is_true, *, seconds=30):
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@contextmanager
def clusters(*options):
    """`make()` returns a server that is not initialised; all of them end with the block."""
    folder = Path(tempfile.mkdtemp(prefix="clinic-cluster.", dir="/tmp"))
    if os.getuid() == 0:
        shutil.chown(folder, owner()["user"])
    made = []

    def make(*more):
        made.append(Cluster(folder / f"data{len(made)}", *options, *more))
        return made[-1]

    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        try:
            yield make
        finally:
            for cluster in made:
                cluster.stop(signal.SIGQUIT)


@contextmanager
def pgbouncer(cluster):
    """The URL of a PgBouncer in transaction mode before a server."""
    program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    if not Path(program).exists():
        pytest.skip("PgBouncer is not installed (Debian: apt-get install pgbouncer).")
    port = free_port()
    configuration = cluster.data.parent / "pgbouncer.ini"
    configuration.write_text(
        f"[databases]\nclinic = host=127.0.0.1 port={cluster.port} user=clinic\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
        f"listen_port = {port}\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 4\nunix_socket_dir =\n"
        "ignore_startup_parameters = extra_float_digits\n"
    )
    with (cluster.data.parent / "pgbouncer.log").open("a") as log:
        process = subprocess.Popen([program, str(configuration)], stdout=log, stderr=log, **owner())
    url = f"postgresql://clinic@127.0.0.1:{port}/clinic"

    def is_up():
        with suppress(psycopg.OperationalError), psycopg.connect(url, prepare_threshold=None):
            return True
        return False

    try:
        wait_until(is_up)
        yield url
    finally:
        process.terminate()
        process.wait(10)
