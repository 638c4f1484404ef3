"""Invariants of how the books are stored: triggers, constraints, references, codes, bounds, the currency."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import CheckConstraint, Field, ForeignKey, Model, UniqueConstraint
from django.utils.translation import gettext_noop as _

from billing.models import triggers
from billing.reports.books_check.invariant import Invariant, Offenders, asked, selected
from billing.rules.money import MAX_MONEY
from clinic.db import ExactDecimalField

SIGNED = ("billing_payment", "billing_paymentallocation", "billing_writeoff")


def _tables() -> Iterator[tuple[str, type[Model]]]:
    for model in apps.get_app_config("billing").get_models(include_auto_created=True):
        yield model._meta.db_table, model


def _fields(kind: "type[Field[Any, Any]]") -> Iterator[tuple[str, Any]]:
    for table, model in _tables():
        for column in model._meta.concrete_fields:
            if isinstance(column, kind):
                yield table, column


def _missing_constraints() -> Offenders:
    """The names of CHECK and UNIQUE constraints that the models declare and the tables do not have."""
    for table, model in _tables():
        with connection.cursor() as cursor:
            there = connection.introspection.get_constraints(cursor, table)
        for constraint in model._meta.constraints:
            if isinstance(constraint, CheckConstraint | UniqueConstraint) and constraint.name not in there:
                yield str(constraint.name)


def _orphans() -> Offenders:
    """Rows that point at a row that does not exist."""
    for table, key in _fields(ForeignKey):
        parent = key.remote_field.model._meta.db_table
        query = (
            f"SELECT child.id FROM {table} child LEFT JOIN {parent} parent ON parent.{key.target_field.column} = "
            f"child.{key.column} WHERE child.{key.column} IS NOT NULL AND parent.{key.target_field.column} IS NULL"
        )
        yield from (f"{table}.{key.column} of {row}" for row in selected(query))


def _unknown_codes() -> Offenders:
    """Rows with a status, method, kind or document that is none."""
    for table, column in _fields(Field):
        if column.choices:
            known = [value for value, _ in column.flatchoices]
            marks = ", ".join(["%s"] * len(known))
            query = f"SELECT id FROM {table} WHERE {column.column} NOT IN ({marks})"
            yield from (f"{table}.{column.column} of {row}" for row in selected(query, known))


def _out_of_bounds() -> Offenders:
    """Rows with an amount, rate or quantity beyond what money may be, or below zero where nothing is."""
    for table, column in _fields(ExactDecimalField):
        bound = int(MAX_MONEY.scaleb(column.scale))
        least = -bound if table in SIGNED else 0
        query = f"SELECT id FROM {table} WHERE {column.column} NOT BETWEEN {least} AND {bound}"
        yield from (f"{table}.{column.column} of {row}" for row in selected(query))


def _other_currencies() -> Offenders:
    """Rows in another currency than the clinic's."""
    for table, column in _fields(Field):
        if column.column == "currency":
            query = f"SELECT id FROM {table} WHERE currency <> %s"
            yield from (f"{table} {row}" for row in selected(query, [settings.CLINIC_CURRENCY]))


STORAGE_INVARIANTS = [
    Invariant(
        "triggers", _("Every trigger is in place, enabled and unaltered."), lambda: iter(triggers.missing(connection))
    ),
    Invariant("constraints", _("Every constraint is in place."), _missing_constraints),
    Invariant("orphans", _("No row points at a row that does not exist."), _orphans),
    Invariant("codes", _("Every status, method, kind and document is one that is known."), _unknown_codes),
    Invariant("bounds", _("Every amount, rate and quantity is within its bounds."), _out_of_bounds),
    Invariant("currency", _("Everything is in the clinic's currency."), _other_currencies),
    asked(
        "appointments",
        _("An invoice's appointment is one of the same account."),
        "SELECT invoice.id FROM billing_invoice invoice "
        "JOIN patients_patient patient ON patient.id = invoice.patient_id "
        "JOIN patients_appointment appointment ON appointment.id = invoice.appointment_id "
        "JOIN patients_patient seen ON seen.id = appointment.patient_id "
        "WHERE COALESCE(patient.merged_into_id, patient.id) <> COALESCE(seen.merged_into_id, seen.id)",
    ),
]
