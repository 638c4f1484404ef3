"""Migration operation that runs SQL from a file in `<app>/migrations/sql/`, of which each kind of database has its own.

Old migrations depend on this module: it must go on to read and run their files as it does today.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db.migrations.operations.base import Operation, OperationCategory


def sql_file(app_label: str, name: str, vendor: str) -> Path:
    """Return the path of a file of SQL, such as `billing/migrations/sql/0001_create_triggers.sqlite.sql`."""
    return Path(apps.get_app_config(app_label).path) / "migrations" / "sql" / f"{name}.{vendor}.sql"


def as_file(statements: Iterable[str]) -> str:
    """Return statements as a file has them: each ends with a semicolon, with an empty line between them.

    >>> as_file(["CREATE SEQUENCE a", "CREATE SEQUENCE b"])
    'CREATE SEQUENCE a;\\n\\nCREATE SEQUENCE b;\\n'
    """
    return "\n".join(f"{statement};\n" for statement in statements)


def statements_of(text: str) -> list[str]:
    """Return the statements of a file.

    >>> statements_of("CREATE SEQUENCE a;\\n\\nCREATE SEQUENCE b;\\n")
    ['CREATE SEQUENCE a', 'CREATE SEQUENCE b']
    """
    return [part.strip().removesuffix(";") for part in text.split("\n\n")]


class RunSQLFile(Operation):
    """Run the file `forwards`, or `backwards` when the migration is unapplied.

    A kind of database without such a file needs nothing to be run.
    """

    reduces_to_sql = True
    category = OperationCategory.SQL

    def __init__(self, forwards: str, backwards: str) -> None:
        self.forwards = forwards
        self.backwards = backwards

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Leave the models as they are."""

    def database_forwards(self, app_label: str, schema_editor: Any, *_: Any) -> None:
        self._run(app_label, self.forwards, schema_editor)

    def database_backwards(self, app_label: str, schema_editor: Any, *_: Any) -> None:
        self._run(app_label, self.backwards, schema_editor)

    def describe(self) -> str:
        return f"Run {self.forwards}"

    def _run(self, app_label: str, name: str, schema_editor: Any) -> None:
        path = sql_file(app_label, name, schema_editor.connection.vendor)
        if path.exists():
            for statement in statements_of(path.read_text("utf-8")):
                schema_editor.execute(statement)
