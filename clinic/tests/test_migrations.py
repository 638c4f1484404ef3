"""Migrations: frozen SQL that equals the code, the way back, and no long lock of a live database."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from billing.models import triggers
from billing.tests.factories import InvoiceFactory
from clinic.db.sql_files import RunSQLFile, sql_file

APPS = ("clinic", "patients", "billing")


def migrations_of(app):
    loader = MigrationLoader(None)
    return [migration for (label, _), migration in sorted(loader.disk_migrations.items()) if label == app]


def files_in(app):
    return sorted(path.name for path in Path(apps.get_app_config(app).path, "migrations", "sql").glob("*"))


class TestFrozenSQL:
    def test_triggers_of_the_code_equal_those_of_the_newest_migration(self):
        newest = max(name for name in files_in("billing") if "_create_triggers." in name)
        number = newest.partition("_")[0]

        for path, text in triggers.migration_sql(number).items():
            assert path.read_text("utf-8") == text, (
                f"{path.name} differs: see “Changing a table” in docs/development.md"
            )

    @pytest.mark.parametrize("app", APPS)
    def test_every_file_is_run_by_a_migration_and_has_one_that_reverses_it(self, app):
        pairs = {
            (operation.forwards, operation.backwards)
            for migration in migrations_of(app)
            for operation in migration.operations
            if isinstance(operation, RunSQLFile)
        }

        wanted = {
            sql_file(app, name, vendor).name
            for pair in pairs
            for name in pair
            for vendor in ("postgresql", "sqlite")
            if any(sql_file(app, either, vendor).exists() for either in pair)
        }

        assert files_in(app) == sorted(wanted)

    @pytest.mark.parametrize("app", APPS)
    def test_migrations_import_django_field_classes_and_validators_only(self, app):
        allowed = {"clinic.db.fields", "clinic.db.sql_files", "clinic.models", "patients.models.patient"}
        imported = {
            name.name if isinstance(node, ast.Import) else node.module
            for path in Path(settings.BASE_DIR, app, "migrations").glob("0*.py")
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in node.names
        }

        ours = {name for name in imported if name.partition(".")[0] in APPS}

        assert ours <= allowed


class TestReverse:
    @pytest.mark.slow
    @pytest.mark.django_db(transaction=True)
    def test_unapplied_migrations_leave_no_table_and_trigger_and_can_be_applied_again(self):
        call_command("migrate", "patients", "zero", verbosity=0)
        try:
            tables = connection.introspection.table_names()
            assert not [name for name in tables if name.startswith(("patients_", "billing_"))]
            assert triggers.missing(connection) == sorted(triggers.expected(connection))
        finally:
            call_command("migrate", verbosity=0)

        assert triggers.missing(connection) == []
        InvoiceFactory(paid=True)


@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.parametrize("app", APPS)
def test_migration_linter_finds_nothing(app):
    linters = pytest.importorskip("django_migration_linter", reason="of the development requirements")
    linter = linters.MigrationLinter(include_apps=[app], no_cache=True)

    linter.lint_all_migrations()

    assert not linter.has_errors
