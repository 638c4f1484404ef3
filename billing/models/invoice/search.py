"""Conditions of a search: which invoices a word or a patient's words match, looked up where that is fast."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from clinic.db.expressions import EqualsAnySubquery, in_subquery
from clinic.db.postgres import custom_plans
from patients.models import Patient

FEW_ROWS = 1_000
"""Rows whose ids are listed in a statement."""

FEW_PATIENTS = 10_000
"""Patients whose invoices are collected at once."""


def matches_own_text(word: str) -> Q:
    """Return the condition that a word is part of an invoice's number or of an item's description.

    On PostgreSQL a number is looked up by its last digits and then compared: the rest of it is in all of a year.
    """
    number = re.fullmatch(r"\w+-\d{4}-(\d{3,})", word)
    if number is None or connection.vendor != "postgresql":
        return Q(search_text__contains=word)
    compared = GreaterThan(StrIndex("search_text", models.Value(word)), 0)
    return Q(search_text__contains=number[1]) & Q(compared)


def matches_patients(words: Sequence[str]) -> Q | EqualsAnySubquery:
    """Return the condition that the patient's text contains all of these words.

    A few patients are listed by their ids: found in one statement where few have the longest of the words, else in two.
    """
    for some_words in ([max(words, key=len)], words):
        patients = fetch_if_few(_patients_with(some_words), "pk", "search_text")
        if patients is not None:
            return Q(patient__in=[patient for patient, text in patients if all(word in text for word in words)])
    return matches_many_patients(words)


def matches_many_patients(words: Sequence[str]) -> Q | EqualsAnySubquery:
    """Return the same condition for words that many patients have.

    On PostgreSQL up to FEW_PATIENTS patients are found first, then their invoices; of more patients, the invoices are
    read in their order and joined, which soon fills a page. One statement decides which.
    """
    if connection.vendor == "postgresql":
        with custom_plans():
            count = _patients_with(words)[: FEW_PATIENTS + 1].count()
        if count <= FEW_PATIENTS:
            return in_subquery("patient", _patients_with(words).values("pk"))
    return Q(*(Q(patient__search_text__contains=word) for word in words))


def fetch_if_few(rows: models.QuerySet, *columns: str) -> list[Any] | None:
    """Return these columns of the rows, None when there are more than FEW_ROWS."""
    with custom_plans():
        found = list(rows.order_by().values_list(*columns, flat=len(columns) == 1)[: FEW_ROWS + 1])
    return found if len(found) <= FEW_ROWS else None


def _patients_with(words: Iterable[str]) -> models.QuerySet[Patient]:
    return Patient.objects.filter(*(Q(search_text__contains=word) for word in words)).order_by()
