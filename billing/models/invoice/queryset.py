"""Sets of invoices that have a name: locked, open, overdue, billed, of an account, found by a search."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Self
from uuid import UUID

from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan, In

from billing.choices import OPEN_STATUSES, UNBILLED_STATUSES, InvoiceStatus
from billing.models.catalogue import Tag, tag_key
from billing.models.invoice import stored_representation
from billing.rules.ageing import due_day_of
from billing.rules.register_numbers import DRAFT_PREFIX
from clinic.db.postgres import custom_plans
from clinic.db.search import search_words
from clinic.domain.dates import start_of_day
from patients.models import Patient

FEW = 1_000  # rows of which the ids stand in a statement
FEW_PATIENTS = 10_000  # whose invoices are gathered at once


class CompiledQuery(models.Value):
    """A status that stands in the statement itself, not as a parameter: a partial index is recognised by it."""

    def as_sql(self, *_: Any) -> tuple[str, tuple[()]]:
        return f"'{InvoiceStatus(self.value).value}'", ()


class SpelledId(models.Value):
    """An id that stands in the statement itself: PostgreSQL knows of a tag by itself whether few or many have it."""

    def as_sql(self, *_: Any) -> tuple[str, tuple[()]]:
        return f"'{UUID(str(self.value)).hex}'", ()


IS_OPEN = Q(status__in=[CompiledQuery(status) for status in OPEN_STATUSES])
IS_BILLED = ~Q(status__in=[CompiledQuery(status) for status in UNBILLED_STATUSES])


def is_due_through(day: date) -> Q:
    """Due on or before that day of the clinic; one due before its issue is due when issued."""
    end = start_of_day(date.fromordinal(day.toordinal() + 1))
    return Q(due_date__lt=end, issue_date__lt=end)


def is_past_due(on: date) -> Q:
    """Return the condition of being past due on that day of the clinic: of an open invoice, that it is overdue."""
    return is_due_through(due_day_of(1, on))


class AmongThese(models.Func):
    """That a column is one of the values of a subquery, which PostgreSQL reads first, and looks up in an index."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY(ARRAY"
    output_field = models.BooleanField()


def among(column: str, rows: models.QuerySet) -> Q | AmongThese:
    """That a column is one of the values of these rows, which are few: they are read first, then looked up."""
    few = rows.order_by()
    return (
        AmongThese(column, models.Subquery(few)) if connection.vendor == "postgresql" else Q(**{f"{column}__in": few})
    )


def has(word: str) -> Q:
    """Invoices of whose own a word is a part: the number, or an item's description.

    On PostgreSQL a number is looked up by its last digits and then compared: what else is in it is in all of a year.
    """
    number = re.fullmatch(r"\w+-\d{4}-(\d{3,})", word)
    if number is None or connection.vendor != "postgresql":
        return Q(search_text__contains=word)
    compared = GreaterThan(StrIndex("search_text", models.Value(word)), 0)
    return Q(search_text__contains=number[1]) & Q(compared)


def of_few_patients_with(words: Sequence[str]) -> Q | AmongThese:
    """Invoices of the patients in whose particulars these words occur, all of them.

    A few patients are named. One statement, to find them, where the longest of the words is that of a few; else two,
    and that of `of_patients_with`.
    """
    for sought in ([max(words, key=len)], words):
        some = few(patients_with(sought), "pk", "search_text")
        if some is not None:
            return Q(patient__in=[patient for patient, text in some if all(word in text for word in words)])
    return of_patients_with(words)


def of_patients_with(words: Sequence[str]) -> Q | AmongThese:
    """The same invoices, where most words are those of many.

    On PostgreSQL some thousand patients are found first, with all of their invoices; where the words are those of more,
    whoever reads the invoices in their order soon has a page of them, and only then the tables are joined. One
    statement, to know which.
    """
    if connection.vendor == "postgresql":
        with custom_plans():
            found = patients_with(words)[: FEW_PATIENTS + 1].count()
        if found <= FEW_PATIENTS:
            return among("patient", patients_with(words).values("pk"))
    return Q(*(Q(patient__search_text__contains=word) for word in words))


def patients_with(words: Iterable[str]) -> models.QuerySet[Patient]:
    """In no order."""
    return Patient.objects.filter(*(Q(search_text__contains=word) for word in words)).order_by()


def few(rows: models.QuerySet, *columns: str) -> list[Any] | None:
    """These columns of the rows, None when there are more than FEW."""
    with custom_plans():
        found = list(rows.order_by().values_list(*columns, flat=len(columns) == 1)[: FEW + 1])
    return found if len(found) <= FEW else None


class InvoiceQuerySet(models.QuerySet["Invoice"]):  # type: ignore[name-defined]  # Invoice imports this module
    def locked(self, *, skip_locked: bool = False) -> Self:
        """These invoices, each locked until the transaction ends; in the order of their ids, against deadlock."""
        return self.select_for_update(of=("self",), no_key=True, skip_locked=skip_locked).order_by("pk")

    def for_rendering(self) -> Self:
        """These invoices with all that their documents tell: three statements for any number."""
        corrected = self.annotate(**{stored_representation.CORRECTION: models.F("corrected_by__pk")})
        return corrected.prefetch_related("items", "tags")

    def with_old_representations(self) -> Self:
        """Those without a document, or with one of an old format or of another zone."""
        return self.exclude(wire_document__isnull=False, wire_document__startswith=stored_representation.heading())

    def stored(self) -> Any:
        """As the API reads them: rows of id, version and document."""
        return self.values_list("pk", "version", "wire_document", named=True)

    def open(self) -> Self:
        """Issued, and something remains to be paid."""
        return self.filter(IS_OPEN)

    def drafts(self) -> Self:
        """To be issued, or voided."""
        return self.filter(status=InvoiceStatus.DRAFT)

    def part_paid(self) -> Self:
        """Issued, and a part is paid."""
        return self.filter(status=InvoiceStatus.PARTIALY_PAID)

    def billed(self) -> Self:
        """Those that were claimed, whatever became of the debt: no drafts, and no void one, which never counted."""
        return self.filter(IS_BILLED)

    def due_through(self, day: date) -> Self:
        """Open, and due on or before that day of the clinic; one due before its issue is due when issued."""
        return self.open().filter(is_due_through(day))

    def due_from(self, day: date) -> Self:
        """Open, and due on that day of the clinic or later."""
        start = start_of_day(day)
        return self.open().filter(Q(due_date__gte=start) | Q(issue_date__gte=start))

    def due_between(self, first: date | None, last: date | None) -> Self:
        """Open, and due on one of these days, both included; None: without end."""
        rows = self.open() if last is None else self.due_through(last)
        return rows if first is None else rows.due_from(first)

    def overdue(self, *, on: date) -> Self:
        """Open, and due before that day."""
        return self.open().filter(is_past_due(on))

    def of_accounts(self, patient_ids: Iterable[UUID]) -> Self:
        """The invoices of these patients, and of everyone who shares an account with one of them."""
        return self.filter(patient__in=Patient.objects.account_of(*patient_ids))

    def for_patient(self, patient: Patient) -> Self:
        """The invoices of one patient's account."""
        return self.of_accounts([patient.pk])

    def ever_issued(self) -> Self:
        """Those that have, or had, a number of their series: no drafts, and none that was voided as a draft."""
        return self.exclude(reg_number__startswith=DRAFT_PREFIX)

    def found_by(self, text: str) -> Self:
        """Invoices where every word is in the number, an item's description, or the patient's particulars."""
        found, of_patients = self, []
        for word in search_words(text):
            own = few(self.model.objects.filter(has(word)), "pk") if connection.vendor == "postgresql" else None
            if own is None:
                found = found.filter(Q(search_text__contains=word) | of_patients_with([word]))
            elif own:
                found = found.filter(Q(pk__in=own) | of_few_patients_with([word]))
            else:
                of_patients.append(word)
        return found.filter(of_few_patients_with(of_patients)) if of_patients else found

    def tagged(self, names: Iterable[str]) -> Self:
        """Invoices with any of these tags."""
        return self.linked_by(self.tag_links(names))

    def tag_links(self, names: Iterable[str]) -> models.QuerySet[Any]:
        """The links of these tags, whichever invoices they lead to. One statement, for the ids of the tags."""
        keys = {tag_key(name) for name in names}
        tags = Tag.objects.filter(key__in=keys).order_by("pk").values_list("pk", flat=True)
        links: models.QuerySet[Any] = self.model.tags.through.objects.all()
        return links.filter(In(models.F("tag_id"), [SpelledId(tag) for tag in tags]))

    def linked_by(self, links: models.QuerySet[Any]) -> Self:
        """Invoices to which one of these links to tags leads."""
        return self.filter(models.Exists(links.filter(invoice_id=models.OuterRef("pk"))))
