"""Triggers: the changes that they allow, their presence, and the check that reports missing ones."""

import pytest
from django.apps import apps
from django.core import checks
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from billing.models import Invoice, NumberSeries, triggers
from billing.models.ledger import LedgerRow
from billing.models.triggers.invoice_guards import invoice_guards
from billing.models.triggers.sql_expressions import PostgreSQL
from billing.rules.lifecycle import COLUMNS_OF_FIELD, EDITABLE
from billing.tests.factories import STEPS, InvoiceFactory, PaymentFactory

FREE = {  # columns that an issued invoice's verbs still write
    "wire_document",
    "status", "version", "updated_at", "due_date", "appointment_id", "notes", "internal_note", "paid_amount",
    "credited_amount", "written_off_amount", "remaining_amount", "search_text",
}  # fmt: skip


def sql(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def check_as_at_commit():
    """Check what the commit would check."""
    connection.check_constraints()


class TestAllowedChanges:
    @pytest.mark.parametrize("state", STEPS)
    def test_invoice_of_every_status_passes_the_triggers(self, db, state):
        InvoiceFactory(**{state: True})

        check_as_at_commit()

    def test_payments_that_were_reversed_pass_the_triggers(self, db):
        patient = InvoiceFactory(part_paid=True).patient
        PaymentFactory(patient=patient, amount="90.00", reversed=True)

        check_as_at_commit()

    def test_draft_may_lose_every_item(self, db):
        invoice = InvoiceFactory()

        invoice.items.get().delete()

        check_as_at_commit()
        assert Invoice.objects.get().total_amount == 0

    def test_notes_of_a_void_invoice_may_be_changed_by_hand(self, db):
        InvoiceFactory(void=True)

        sql("UPDATE billing_invoice SET notes = 'Printed twice', internal_note = 'x', wire_document = NULL")

        assert Invoice.objects.get().notes == "Printed twice"

    def test_due_date_of_an_open_invoice_may_be_changed_by_hand(self, db):
        InvoiceFactory(part_paid=True)

        sql("UPDATE billing_invoice SET due_date = '2026-12-01 00:00:00+00:00', wire_document = NULL")

        assert Invoice.objects.get().due_date.year == 2026

    def test_tags_of_an_issued_invoice_may_be_removed(self, db):
        invoice = InvoiceFactory(paid=True, tags=["urgent"])

        invoice.tags.clear()

        assert not invoice.tags.exists()


class TestGuards:
    def test_every_kind_of_ledger_row_is_guarded(self):
        tables = {model._meta.db_table for model in apps.get_models() if issubclass(model, LedgerRow)}

        assert tables <= set(triggers.GUARDED_TABLES)

    def test_every_column_of_an_issued_invoice_is_frozen_or_known_to_be_free(self):
        frozen = " ".join(
            guard.reject_if for guard in invoice_guards(PostgreSQL()) if "OLD.status <> 'DRAFT'" in guard.reject_if
        )
        never = {"id", "created_at", "currency"}

        columns = {field.column for field in Invoice._meta.concrete_fields} - FREE - never

        assert {column for column in columns if f"NEW.{column} " not in frozen} == set()

    def test_every_field_of_editable_has_its_columns(self):
        fields = EDITABLE["DRAFT"] - {"tags", "notes"}

        assert fields == set(COLUMNS_OF_FIELD)


class TestMissingTriggers:
    def test_no_trigger_is_missing_after_migrate(self, db):
        assert triggers.missing(connection) == []
        assert len(triggers.expected(connection)) >= len(triggers.GUARDED_TABLES) * 2

    def test_creating_triggers_twice_equals_creating_them_once(self, db):
        triggers.create(connection)
        triggers.create(connection)

        assert triggers.missing(connection) == []

    @pytest.mark.django_db(transaction=True)
    def test_triggers_created_outside_of_a_transaction_are_those_of_the_migrations(self):
        triggers.create(connection)

        assert triggers.missing(connection) == []

    def test_every_trigger_is_missing_after_drop(self, db):
        triggers.drop(connection)

        assert triggers.missing(connection) == sorted(triggers.expected(connection))

    def test_dropped_trigger_is_missing(self, db):
        on = " ON billing_invoice" if connection.vendor == "postgresql" else ""

        sql(f"DROP TRIGGER books_invoice_delete{on}")

        assert triggers.missing(connection) == ["books_invoice_delete"]

    def test_altered_trigger_is_missing(self, db):
        definition = triggers.expected(connection)["books_invoice_delete"]
        if connection.vendor == "sqlite":
            sql("DROP TRIGGER books_invoice_delete", definition.replace("TRUE", "FALSE"))
        else:
            sql(definition[definition.index("CREATE OR REPLACE FUNCTION") :].replace("TRUE", "FALSE"))

        assert triggers.missing(connection) == ["books_invoice_delete"]

    @pytest.mark.postgres
    def test_disabled_trigger_is_missing(self, db):
        sql("ALTER TABLE billing_invoice DISABLE TRIGGER books_invoice_delete")

        assert triggers.missing(connection) == ["books_invoice_delete"]


class TestSystemCheck:
    def test_check_passes_if_every_trigger_is_in_place(self, db):
        assert self.findings() == []

    def test_check_names_missing_triggers(self, db):
        triggers.drop(connection)

        (error,) = self.findings()

        assert error.is_serious()
        assert "books_invoice_update" in error.msg

    def test_check_does_not_stop_the_migration_that_creates_the_triggers(self, db):
        triggers.drop(connection)
        MigrationRecorder(connection).migration_qs.filter(app="billing").delete()

        assert self.findings() == []

    def findings(self):
        found = checks.run_checks(tags=[checks.Tags.database], databases=["default"])
        return [message for message in found if message.id == "billing.E002"]


class TestTransactionalTest:
    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("time", ["first", "second"])
    def test_books_are_empty_and_triggers_in_place_after_a_transactional_test(self, time):
        assert not Invoice.objects.exists()
        assert not NumberSeries.objects.exists()
        assert triggers.missing(connection) == []

        with transaction.atomic():
            InvoiceFactory(credited=True)
