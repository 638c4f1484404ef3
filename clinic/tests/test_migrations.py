"""Migrations: frozen SQL that equals the code, the way back, and no long lock of a live database."""

import ast
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from billing.models import Invoice, Payment, Refund, Service, Tag, triggers
from billing.models.invoice.payer import Payer
from billing.tests.factories import InvoiceFactory, PaymentFactory
from clinic.db.sql_files import RunSQLFile, sql_file
from patients.migrations._text_0002 import rewrite
from patients.models import Appointment, Patient

APPS = ("clinic", "patients", "billing")

# Migrations that lock tables; docs/operations.md says to stop the server for them.
WITH_THE_SERVER_STOPPED = (
    "0002_comparison_keys",  # rewrites texts, and makes unique what was not
    "0004_particulars_of_money",  # fills a column of each payment
)


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
    def test_migrations_import_fields_validators_and_frozen_functions_only(self, app):
        allowed = {
            "clinic.db.fields",
            "clinic.db.sql_files",
            "clinic.models",
            "patients.migrations._text_0002",
            "patients.models.patient",
        }
        imported = {
            name.name if isinstance(node, ast.Import) else node.module
            for path in Path(settings.BASE_DIR, app, "migrations").glob("0*.py")
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in node.names
        }

        ours = {name for name in imported if name.partition(".")[0] in APPS}

        assert ours <= allowed


class TestRewrite:
    def test_rewrite_reads_rows_of_a_thousand_patients(self, db, noon):
        """SQLite takes no condition of more than a thousand alternatives."""
        numbers = [f"R-{number}" for number in range(1100)]
        Patient.objects.bulk_create(
            Patient(family_name="Kim", record_number=number, record_key=number.lower()) for number in numbers
        )
        patients = Patient.objects.all()
        Appointment.objects.bulk_create(Appointment(patient=patient, starts_at=noon) for patient in patients)

        editor = SimpleNamespace(connection=connection)
        rewrite(editor, Appointment, ["reason"], lambda row: {"reason": row.patient.record_number}, "patient")

        assert {row.reason for row in Appointment.objects.all()} == set(numbers)


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


@pytest.fixture
def before_comparison_keys(transactional_db):
    """The models as migration 0001 has them, with the database in that state; the newest state afterwards."""
    call_command("migrate", "patients", "0001", verbosity=0)
    try:
        yield (
            MigrationLoader(connection).project_state([("billing", "0001_initial"), ("patients", "0001_initial")]).apps
        )
    finally:
        call_command("migrate", verbosity=0)


@pytest.mark.slow
class TestComparisonKeys:
    """Migration 0002 of patients and of billing."""

    def test_texts_are_cleaned_and_those_that_read_the_same_get_different_codes(self, before_comparison_keys, capsys):
        get_model = before_comparison_keys.get_model
        columns = {"sort_name": "", "search_text": ""}
        bell = get_model("patients", "Patient").objects.create(record_number="A-1", family_name="Be\x07ll", **columns)
        unseen = get_model("patients", "Patient").objects.create(
            record_number="A\u20101", family_name="\u200b", **columns
        )
        for code in ("xy-1", "XY-1"):
            get_model("billing", "Service").objects.create(code=code, description="Visit", unit_price=1)

        call_command("migrate", verbosity=0)

        assert Patient.objects.get(pk=bell.pk).family_name == "Bell"
        assert list(Patient.objects.matching("bell").values_list("pk", flat=True)) == [bell.pk]
        assert Patient.objects.get(pk=unseen.pk).full_name == "?"
        assert Patient.objects.get(pk=unseen.pk).record_number == "A\u20101 (2)"
        assert list(Service.objects.values_list("code", flat=True)) == ["xy-1", "XY-1 (2)"]
        assert "“XY-1” is “XY-1 (2)” now" in capsys.readouterr().out

    def test_tags_that_read_the_same_become_one(self, transactional_db):
        draft = InvoiceFactory(tags=["Späti"])
        call_command("migrate", "patients", "0001", verbosity=0)
        Tag.objects.filter(name="Späti").update(key="späti")
        other = Tag.objects.bulk_create([Tag(name="spati", key="spati")])[0]
        Invoice.tags.through.objects.bulk_create([Invoice.tags.through(invoice_id=draft.pk, tag_id=other.pk)])

        call_command("migrate", verbosity=0)

        assert [tag.name for tag in Invoice.objects.get().tags.all()] == ["Späti"]
        assert Tag.objects.get().key == "spati"

    def test_draft_is_cleaned_and_its_representation_follows(self, transactional_db):
        draft, issued = InvoiceFactory(), InvoiceFactory(issued=True)
        call_command("migrate", "patients", "0001", verbosity=0)
        Invoice.objects.filter(pk=draft.pk).update(notes="a\x08b", wire_document=None)

        call_command("migrate", verbosity=0)

        assert Invoice.objects.get(pk=draft.pk).notes == "ab"
        assert list(Invoice.objects.matching(issued.reg_number).values_list("pk", flat=True)) == [issued.pk]
        call_command("check_books", "--full", verbosity=0)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_payments_and_refunds_get_the_particulars_that_operations_store():
    InvoiceFactory(refunded="30.00", bill_to=Payer("Insurer", "1 High Street"))
    InvoiceFactory(deposit=True)
    InvoiceFactory(reversed=True)
    PaymentFactory()
    before = stored_particulars()
    assert len(before) == 6
    call_command("migrate", "billing", "0003", verbosity=0)

    call_command("migrate", verbosity=0)

    assert stored_particulars() == before
    assert triggers.missing(connection) == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_permission_for_discounts_gets_its_new_title():
    permission = Permission.objects.filter(codename="discount_any_invoice")
    call_command("migrate", "billing", "0004", verbosity=0)
    assert permission.get().name == "Can discount by more than a fifth of the gross"

    call_command("migrate", verbosity=0)

    assert permission.get().name == "Can give a discount of any size"


def stored_particulars():
    return {row.pk: row.particulars for model in (Payment, Refund) for row in model.objects.all()}


@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.parametrize("app", APPS)
def test_migration_linter_finds_nothing(app):
    linters = pytest.importorskip("django_migration_linter", reason="of the development requirements")
    linter = linters.MigrationLinter(include_apps=[app], ignore_name=WITH_THE_SERVER_STOPPED, no_cache=True)

    linter.lint_all_migrations()

    assert not linter.has_errors
