"""Named querysets of invoices: locked, open, overdue, billed, of an account, matching a search."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Self
from uuid import UUID

from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Greatest, TruncDate
from django.db.models.lookups import In

from billing.choices import OPEN_STATUSES, UNBILLED_STATUSES, InvoiceStatus
from billing.models.catalogue import Tag
from billing.models.invoice import stored_representation
from billing.models.invoice.search import fetch_if_few, matches_many_patients, matches_own_text, matches_patients
from billing.rules.ageing import due_day_of
from billing.rules.register_numbers import DRAFT_PREFIX
from clinic.db.expressions import InNumberOrder, LiteralChoice, LiteralUUID
from clinic.domain.dates import clinic_time_zone, start_of_day
from clinic.domain.text import comparison_key, search_words
from patients.models import Patient

IS_OPEN = Q(status__in=[LiteralChoice(status) for status in OPEN_STATUSES])
IS_BILLED = ~Q(status__in=[LiteralChoice(status) for status in UNBILLED_STATUSES])


LONG_COLUMNS = ("wire_document", "particulars", "search_text", "taxes", "notes", "internal_note")
"""Long columns that lists and exports do not show, and leave in the database by `defer()`."""


def is_due_through(day: date) -> Q:
    """Return the condition of being due on or before that day of the clinic; before its issue, nothing is due."""
    end = start_of_day(date.fromordinal(day.toordinal() + 1))
    return Q(due_date__lt=end, issue_date__lt=end)


def is_past_due(on: date) -> Q:
    """Return the condition of being past due on that day of the clinic: of an open invoice, that it is overdue."""
    return is_due_through(due_day_of(1, on))


class InvoiceQuerySet(models.QuerySet["Invoice"]):  # type: ignore[name-defined]  # Invoice imports this module
    def locked(self, *, skip_locked: bool = False) -> Self:
        """Lock these invoices until the transaction ends, in the order of their ids, against deadlock."""
        return self.select_for_update(of=("self",), no_key=True, skip_locked=skip_locked).order_by("pk")

    def for_rendering(self) -> Self:
        """These invoices with all that their representations contain: three statements for any number."""
        rows = self.annotate(**{stored_representation.CORRECTION: models.F("corrected_by__pk")})
        return rows.prefetch_related("items", "tags")

    def with_old_representations(self) -> Self:
        """Those without a representation, or with one of an old format or of another time zone."""
        return self.exclude(wire_document__isnull=False, wire_document__startswith=stored_representation.heading())

    def representation_rows(self) -> Any:
        """Rows of id, version and stored representation, as the API reads them."""
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
        """Invoices that count as turnover, whatever became of the debt: no drafts, and no void ones."""
        return self.filter(IS_BILLED)

    def due_through(self, day: date) -> Self:
        """Open, and due on or before that day of the clinic; one due before its issue is due when issued."""
        return self.open().filter(is_due_through(day))

    def due_from(self, day: date) -> Self:
        """Open, and due on that day of the clinic or later."""
        start = start_of_day(day)
        return self.open().filter(Q(due_date__gte=start) | Q(issue_date__gte=start))

    def due_between(self, first: date | None, last: date | None) -> Self:
        """Open, and due on one of these days, both included; None: unbounded."""
        rows = self.open() if last is None else self.due_through(last)
        return rows if first is None else rows.due_from(first)

    def overdue(self, *, on: date) -> Self:
        """Open, and due before that day."""
        return self.open().filter(is_past_due(on))

    def oldest_due_first(self) -> Self:
        """In the order in which money is put on issued invoices: a tie by issue day, then by number."""
        zone = clinic_time_zone()
        due = TruncDate(Greatest("due_date", "issue_date"), tzinfo=zone)
        return self.order_by(due, TruncDate("issue_date", tzinfo=zone), InNumberOrder("reg_number"))

    def of_accounts(self, patient_ids: Iterable[UUID]) -> Self:
        """The invoices of these patients, and of everyone who shares an account with one of them."""
        return self.filter(patient__in=Patient.objects.account_of(*patient_ids))

    def for_patient(self, patient: Patient) -> Self:
        """The invoices of one patient's account."""
        return self.of_accounts([patient.pk])

    def ever_issued(self) -> Self:
        """Invoices that have, or had, a number of their series: no drafts, and none that was voided as a draft."""
        return self.exclude(reg_number__startswith=DRAFT_PREFIX)

    def matching(self, text: str) -> Self:
        """Invoices where every word is in the number, an item's description, or the patient's text."""
        found, patient_words = self, []
        for word in search_words(text):
            own = None
            if connection.vendor == "postgresql":
                own = fetch_if_few(self.model.objects.filter(matches_own_text(word)), "pk")
            if own is None:
                found = found.filter(Q(search_text__contains=word) | matches_many_patients([word]))
            elif own:
                found = found.filter(Q(pk__in=own) | matches_patients([word]))
            else:
                patient_words.append(word)
        return found.filter(matches_patients(patient_words)) if patient_words else found

    def tagged(self, names: Iterable[str]) -> Self:
        """Invoices with any of these tags."""
        return self.linked_by(self.tag_links(names))

    def tag_links(self, names: Iterable[str]) -> models.QuerySet[Any]:
        """The rows that link these tags to any invoice; one statement, for the ids of the tags."""
        keys = {comparison_key(name) for name in names}
        tags = Tag.objects.filter(key__in=keys).order_by("pk").values_list("pk", flat=True)
        links: models.QuerySet[Any] = self.model.tags.through.objects.all()
        return links.filter(In(models.F("tag_id"), [LiteralUUID(tag) for tag in tags]))

    def linked_by(self, links: models.QuerySet[Any]) -> Self:
        """Invoices that one of these rows links to a tag."""
        return self.filter(models.Exists(links.filter(invoice_id=models.OuterRef("pk"))))
