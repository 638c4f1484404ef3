"""Comparison of the migrations of a database with those of this program."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.apps import apps
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

Key = tuple[str, str]  # app and name of a migration


class MigrationHistory(NamedTuple):
    """Differences between the migrations of a database and those of the program; each as `app.name`."""

    pending: list[str]  # the last of each app, where it is not applied
    unknown: list[str]  # applied, but not in the program; of the product's own apps
    newer: list[str]  # the unknown ones, if all of them come after the last one in the program


def read_history(connection: BaseDatabaseWrapper) -> MigrationHistory:
    """Read which migrations a database has, and compare them with those of this program."""
    program = _program_migrations()
    applied = set(MigrationRecorder(connection).applied_migrations())
    unknown = {key for key in applied if key[0] in program.last and key not in program.own}
    newer = {(app, name) for app, name in unknown if name > program.last[app]}
    return MigrationHistory(
        _named(program.newest - applied), _named(unknown), _named(newer if newer == unknown else ())
    )


class _ProgramMigrations(NamedTuple):
    newest: frozenset[Key]  # of every app
    own: frozenset[Key]  # all of the product's own apps
    last: dict[str, str]  # the last name, by own app


@cache
def _program_migrations() -> _ProgramMigrations:
    """Return the migrations of the program; read once, because the files of a running version do not change."""
    loader = MigrationLoader(None)
    apps_of_product = {app.label for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR}
    own = frozenset(key for key in loader.disk_migrations if key[0] in apps_of_product)
    return _ProgramMigrations(frozenset(loader.graph.leaf_nodes()), own, dict(sorted(own)))


def _named(keys: Iterable[Key]) -> list[str]:
    return sorted(f"{app}.{name}" for app, name in keys)
