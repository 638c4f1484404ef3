"""Invariants of how the books are stored: triggers, constraints, references, codes, bounds, the currency."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import CheckConstraint, Field, ForeignKey, Model, UniqueConstraint
from django.utils.translation import gettext_noop as _

from billing.models import triggers
from billing.reports.books_check.invariant import Broken, Finding, Invariant, Offenders, Part, asked, counted, quoted
from clinic.db.fields import ExactDecimalField
from clinic.domain.amounts import MAX_MONEY

SIGNED = ("billing_payment", "billing_paymentallocation", "billing_writeoff")


def _tables() -> Iterator[tuple[str, type[Model]]]:
    for model in apps.get_app_config("billing").get_models(include_auto_created=True):
        yield model._meta.db_table, model


def _columns(model: type[Model], kind: "type[Field[Any, Any]]") -> Iterator[Any]:
    return (column for column in model._meta.concrete_fields if isinstance(column, kind))


def _missing_constraints() -> Offenders:
    """The names of CHECK and UNIQUE constraints that the models declare and the tables do not have."""
    for table, model in _tables():
        with connection.cursor() as cursor:
            there = connection.introspection.get_constraints(cursor, table)
        for constraint in model._meta.constraints:
            if isinstance(constraint, CheckConstraint | UniqueConstraint) and constraint.name not in there:
                yield str(constraint.name)


def _orphans(keep: int) -> Iterable[Finding]:
    """Rows that point at a row that does not exist; a statement for each reference, since most are of few rows."""
    found = {"orphans": Finding("orphans", _("No row points at a row that does not exist."))}
    for table, model in _tables():
        for key in _columns(model, ForeignKey):
            parent, target = key.remote_field.model._meta.db_table, key.target_field.column
            source = f"{table} entry LEFT JOIN {parent} parent ON parent.{target} = entry.{key.column}"
            condition = f"entry.{key.column} IS NOT NULL AND parent.{target} IS NULL"
            points_nowhere = Broken("orphans", condition, f"{table}.{key.column} of ")
            counted(source, "entry.id", [points_nowhere], found, keep=keep)
    return found.values()


def _unknown_codes(table: str, model: type[Model]) -> Iterator[Broken]:
    """A status, method, kind or document that is none."""
    for column in _columns(model, Field):
        if column.choices:
            known = ", ".join(f"'{value}'" for value, _ in column.flatchoices)
            yield Broken("codes", f"entry.{column.column} NOT IN ({known})", f"{table}.{column.column} of ")


def _out_of_bounds(table: str, model: type[Model]) -> Iterator[Broken]:
    """An amount, rate or quantity beyond what money may be, or below zero where nothing is."""
    for column in _columns(model, ExactDecimalField):
        bound = int(MAX_MONEY.scaleb(column.scale))
        least = -bound if table in SIGNED else 0
        condition = f"entry.{column.column} NOT BETWEEN {least} AND {bound}"
        yield Broken("bounds", condition, f"{table}.{column.column} of ")


def _other_currencies(table: str, model: type[Model]) -> Iterator[Broken]:
    """Another currency than the clinic's."""
    if any(column.column == "currency" for column in _columns(model, Field)):
        yield Broken("currency", f"entry.currency <> '{quoted(settings.CLINIC_CURRENCY)}'", f"{table} ")


OF_EVERY_ROW = {
    "codes": _("Every status, method, kind and document is one that is known."),
    "bounds": _("Every amount, rate and quantity is within its bounds."),
    "currency": _("Everything is in the clinic's currency."),
}


def _examine_rows(keep: int) -> Iterable[Finding]:
    """What is asked of every row of every table, in one reading of each."""
    findings = {name: Finding(name, sentence) for name, sentence in OF_EVERY_ROW.items()}
    for table, model in _tables():
        conditions = [
            *_unknown_codes(table, model),
            *_out_of_bounds(table, model),
            *_other_currencies(table, model),
        ]
        if conditions:
            counted(f"{table} entry", "entry.id", conditions, findings, keep=keep)
    return findings.values()


STORAGE = [
    Part.of(
        Invariant(
            "triggers",
            _("Every trigger is in place, enabled and unaltered."),
            lambda: iter(triggers.missing(connection)),
        )
    ),
    Part.of(Invariant("constraints", _("Every constraint is in place."), _missing_constraints)),
    Part(("orphans",), _orphans),
    Part(tuple(OF_EVERY_ROW), _examine_rows),
    Part.of(
        asked(
            "appointments",
            _("An invoice's appointment is one of the same account."),
            "SELECT invoice.id FROM billing_invoice invoice "
            "JOIN patients_patient patient ON patient.id = invoice.patient_id "
            "JOIN patients_appointment appointment ON appointment.id = invoice.appointment_id "
            "JOIN patients_patient seen ON seen.id = appointment.patient_id "
            "WHERE COALESCE(patient.merged_into_id, patient.id) <> COALESCE(seen.merged_into_id, seen.id)",
        )
    ),
]
