"""An attack on the books: raw SQL, and what of the answer names the guard that refused it."""

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.utils import DatabaseError

BOTH = ("sqlite", "postgresql")
SQLITE, POSTGRESQL = ("sqlite",), ("postgresql",)


@dataclass(frozen=True, slots=True)
class Attack:
    """`sql` holds statements with names of `build_books` in braces; `answer` is part of what the database says."""

    name: str
    sql: tuple[str, ...]
    answer: str
    vendors: tuple[str, ...] = BOTH
    at_commit: bool = False


def answer_to(attack: Attack, books: dict[str, str]) -> str:
    """Return the error of the database, "" if it accepts the attack; the changes are rolled back."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in attack.sql:
                cursor.execute(statement.format(**books))
            if attack.at_commit:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)
    except DatabaseError as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    finally:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA recursive_triggers=ON")
    return ""
