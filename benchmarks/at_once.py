"""Several processes at once on one PostgreSQL database, which is made for the run and dropped after it."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg
from psycopg import sql

USAGE = (
    "Set DATABASE_URL to a PostgreSQL database of a server on which databases may be made, such as "
    "postgresql://postgres@127.0.0.1:5432/postgres. That database itself is not touched."
)


@contextmanager
def scratch_database() -> Iterator[None]:
    """Set up Django on a new database with the product's tables, named by DATABASE_URL; drop it afterwards."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith(("postgres://", "postgresql://")):
        sys.exit(USAGE)
    name = f"clinic_at_once_{os.getpid()}"
    execute(server, "CREATE DATABASE {}", name)
    try:
        os.environ["DATABASE_URL"] = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        set_up()
        from django.core.management import call_command
        from django.db import connections

        call_command("migrate", verbosity=0)
        yield
        connections.close_all()
    finally:
        execute(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def set_up() -> None:
    """Set up Django on the database that DATABASE_URL names, from any working directory."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"
    django.setup()


def at_once(act: Callable[..., Any], work: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Return the results of `act(*arguments)` for each of them, in processes that start at the same time."""
    spawn = get_context("spawn")
    ready = spawn.Barrier(len(work))
    with ProcessPoolExecutor(len(work), spawn, initializer=_get_ready, initargs=(ready,)) as processes:
        return list(processes.map(act, *zip(*work, strict=True), timeout=600))


def clerk() -> Any:
    """Return the user who does all of it, a supervisor, who is created at the first call."""
    from django.contrib.auth.models import Group, User

    from billing.roles import SUPERVISOR, apply_roles

    person, is_new = User.objects.get_or_create(username="clerk", defaults={"is_staff": True})
    if is_new:
        apply_roles()
        person.groups.set(Group.objects.filter(name=SUPERVISOR))
    return person


def books_are_clean() -> bool:
    """Return True if check_books finds nothing; print what it finds."""
    from billing.reports.books_check import check_books

    findings = check_books()
    for finding in findings:
        print(f"check_books: {finding.sentence} {finding.count} times not so: {', '.join(map(str, finding.ids))}")
    if not findings:
        print("check_books: clean")
    return not findings


def execute(server: str, statement: LiteralString, name: str) -> None:
    """Execute a statement about the database of that name."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _get_ready(ready: Any) -> None:
    set_up()
    from django.db import connection

    connection.ensure_connection()
    ready.wait(60)
