"""Invariants of how the books are stored: triggers, constraints, references, codes, bounds, the currency."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import CheckConstraint, Field, ForeignKey, Model, UniqueConstraint
from django.utils.translation import gettext_noop as _

from billing.models import triggers
from billing.reports.books_check.invariant import (
    Check,
    Violation,
    Violations,
    fetch,
    invariant,
    quoted,
    sql_invariant,
    violating_rows,
)
from clinic.db.fields import ExactDecimalField
from clinic.domain.amounts import MAX_MONEY

# Texts that contain the quoted names of all constraints.
_DEFINITIONS = {
    "postgresql": (
        """SELECT '"' || conname || '"' FROM pg_constraint UNION ALL SELECT '"' || indexname || '"' FROM pg_indexes"""
    ),
    "sqlite": "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL",
}
SIGNED = ("billing_payment", "billing_paymentallocation", "billing_writeoff")


def _tables() -> Iterator[tuple[str, type[Model]]]:
    for model in apps.get_app_config("billing").get_models(include_auto_created=True):
        yield model._meta.db_table, model


def _columns(model: type[Model], kind: "type[Field[Any, Any]]") -> Iterator[Any]:
    return (column for column in model._meta.concrete_fields if isinstance(column, kind))


def _missing_constraints() -> Iterator[str]:
    """Yield the names of CHECK and UNIQUE constraints that the models declare and the database does not have."""
    definitions = "".join(row[0] for row in fetch(_DEFINITIONS[connection.vendor]))
    for _table, model in _tables():
        for constraint in model._meta.constraints:
            if isinstance(constraint, CheckConstraint | UniqueConstraint) and f'"{constraint.name}"' not in definitions:
                yield str(constraint.name)


def _unknown_codes(table: str, model: type[Model]) -> Iterator[Violation]:
    """Yield the condition of an unknown status, method, kind or document, for each such column."""
    for column in _columns(model, Field):
        if column.choices:
            known = ", ".join(f"'{value}'" for value, _ in column.flatchoices)
            yield Violation("codes", f"entry.{column.column} NOT IN ({known})", f"{table}.{column.column} of ")


def _out_of_bounds(table: str, model: type[Model]) -> Iterator[Violation]:
    """Yield the condition of a decimal that is too large, or negative where nothing is, for each such column."""
    for column in _columns(model, ExactDecimalField):
        bound = int(MAX_MONEY.scaleb(column.scale))
        least = -bound if table in SIGNED else 0
        condition = f"entry.{column.column} NOT BETWEEN {least} AND {bound}"
        yield Violation("bounds", condition, f"{table}.{column.column} of ")


def _other_currency(table: str, model: type[Model]) -> Iterator[Violation]:
    """Yield the condition of another currency than the clinic's, if the table has a currency."""
    if any(column.column == "currency" for column in _columns(model, Field)):
        yield Violation("currency", f"entry.currency <> '{quoted(settings.CLINIC_CURRENCY)}'", f"{table} ")


def _invalid_rows() -> Violations:
    """Yield the rows with an invalid value or a reference to a row that does not exist; each table is read once."""
    for table, model in _tables():
        source = f"{table} entry"
        conditions = [*_unknown_codes(table, model), *_out_of_bounds(table, model), *_other_currency(table, model)]
        for key in _columns(model, ForeignKey):
            parent, target = key.remote_field.model._meta.db_table, f"to_{key.column}.{key.target_field.column}"
            source += f" LEFT JOIN {parent} to_{key.column} ON {target} = entry.{key.column}"
            is_orphan = f"entry.{key.column} IS NOT NULL AND {target} IS NULL"
            conditions.append(Violation("orphans", is_orphan, f"{table}.{key.column} of "))
        if conditions:
            yield from violating_rows(source, f"entry.{model._meta.pk.column}", conditions)


STORAGE = [
    invariant(
        "triggers",
        _("Every database trigger is in place, enabled and unaltered."),
        lambda: triggers.missing(connection),
    ),
    invariant("constraints", _("Every database constraint is in place."), _missing_constraints),
    Check(
        {
            "orphans": _("No row refers to a row that does not exist."),
            "codes": _("Every status, method, kind and document type is a known one."),
            "bounds": _("Every amount, rate and quantity is within its limits."),
            "currency": _("Everything is in the clinic's currency."),
        },
        _invalid_rows,
    ),
    sql_invariant(
        "appointments",
        _("The appointment of an invoice belongs to the same account."),
        "SELECT invoice.id FROM billing_invoice invoice "
        "JOIN patients_patient patient ON patient.id = invoice.patient_id "
        "JOIN patients_appointment appointment ON appointment.id = invoice.appointment_id "
        "JOIN patients_patient seen ON seen.id = appointment.patient_id "
        "WHERE COALESCE(patient.merged_into_id, patient.id) <> COALESCE(seen.merged_into_id, seen.id)",
    ),
]
