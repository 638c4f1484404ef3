"""Databases that a fault may stop, freeze or fill: a SQLite file, and PostgreSQL clusters of their own."""

import os
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import psycopg

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
OWNERS = ("postgres", "nobody")  # who runs PostgreSQL, which does not run as root


class SQLiteBooks:
    """The books in a file of their own folder."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self.path = folder / "books.sqlite3"
        self.url = f"sqlite:///{self.path}"

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, read without the product."""
        connection = sqlite3.connect(self.path, timeout=30)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def stop(self) -> None:
        """Do nothing: a file has no server."""


class Cluster:
    """A PostgreSQL server of its own on a free port, durable as in a clinic: it loses nothing that it acknowledged."""

    name = "PostgreSQL"

    def __init__(self, folder: Path, *, options: str = "", port: int = 0) -> None:
        self.folder, self.port = folder, port or free_port()
        self.data, self.options = folder / "data", options
        self.url = f"postgresql://clinic@127.0.0.1:{self.port}/clinic"

    def create(self) -> Self:
        """Make the cluster with an empty database and start it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        own(self.folder)
        run("initdb", "--pgdata", self.data, "--username", "clinic", "--auth", "trust", "--encoding", "UTF8")
        self.start()
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE clinic TEMPLATE template0 ENCODING 'UTF8'")
        return self

    def create_standby(self, folder: Path, *, port: int = 0) -> "Cluster":
        """Return a standby that repeats each transaction before this server acknowledges it."""
        standby = Cluster(folder, options=self.options, port=port)
        folder.mkdir(parents=True, exist_ok=True)
        own(folder)
        name = f"standby_{standby.port}"
        source = f"host=127.0.0.1 port={self.port} user=clinic application_name={name}"
        run("pg_basebackup", "--pgdata", standby.data, "--dbname", source, "--write-recovery-conf", "--checkpoint=fast")
        standby.start()
        self.set("synchronous_standby_names", name)
        self.wait_for("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", 1)
        return standby

    @property
    def server_url(self) -> str:
        return self.url.rpartition("/")[0] + "/postgres"

    @property
    def pid(self) -> int:
        """The process of the server."""
        return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])

    def start(self) -> None:
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories="
        options += f" -c max_connections=100 {self.options}"
        log = self.folder / "log"
        run("pg_ctl", "--pgdata", self.data, "--log", log, "--options", options, "--wait", "--silent", "start")

    def stop(self) -> None:
        """End the server at once; a stopped one stays so."""
        with suppress(OSError, ValueError, RuntimeError):
            self.thaw()
            run("pg_ctl", "--pgdata", self.data, "--mode", "immediate", "--silent", "stop")

    def kill(self) -> None:
        """Kill every process of the server."""
        processes = [self.pid, *children(self.pid)]
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        while any(Path(f"/proc/{process}").exists() and not is_zombie(process) for process in processes):
            time.sleep(0.02)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def freeze(self) -> None:
        """Stop every process without ending it: connections stay open and nothing answers."""
        for process in (self.pid, *children(self.pid)):
            os.kill(process, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let the processes go on."""
        for process in (self.pid, *children(self.pid)):
            os.kill(process, signal.SIGCONT)

    def promote(self) -> None:
        """Make a standby the primary."""
        run("pg_ctl", "--pgdata", self.data, "--wait", "--silent", "promote")
        self.set("synchronous_standby_names", "")

    def set(self, name: str, value: str) -> None:
        """Change a setting of the running server."""
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            connection.execute("SELECT pg_reload_conf()")

    def wait_for(self, sql: str, value: object, *, seconds: float = 30) -> None:
        """Wait until a query returns a value."""
        deadline = time.monotonic() + seconds
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            while connection.execute(sql).fetchone() != (value,):
                if time.monotonic() > deadline:
                    raise TimeoutError(sql)
                time.sleep(0.1)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, read without the product."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql).fetchall()


def run(program: str, *arguments: object) -> None:
    """Run a program of PostgreSQL as a user who is not root; RuntimeError with its output if it fails."""
    command = [str(PROGRAMS[-1] / program), *map(str, arguments)]
    user = None if os.getuid() else owner()
    group = user and pwd.getpwnam(user).pw_gid
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, user=user, group=group)
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stdout}{done.stderr}")


def owner() -> str:
    """Return the login that runs PostgreSQL where this process is root."""
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in OWNERS if name in known)


def own(folder: Path) -> None:
    if not os.getuid():
        shutil.chown(folder, owner())


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def children(pid: int) -> list[int]:
    """Return the processes that a process started, and those that they started."""
    found = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *children(child)]
    return found


def is_zombie(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True
