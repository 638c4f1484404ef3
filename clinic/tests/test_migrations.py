"""Migrations can be made on a clinic's live database: none locks it for long, or breaks the running server."""

import pytest

pytest.importorskip("django_migration_linter", reason="of the development requirements")


@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.parametrize("app", ["clinic", "patients", "billing"])
def test_the_migration_linter_has_no_objection(app):
    from django_migration_linter import MigrationLinter

    linter = MigrationLinter(include_apps=[app], no_cache=True)

    linter.lint_all_migrations()

    assert not linter.has_errors
