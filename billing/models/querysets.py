"""Sets of invoices that have a name: locked, open, overdue, of an account, found by a search."""

from collections.abc import Iterable
from datetime import date
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q

from billing.choices import InvoiceStatus
from billing.models.catalogue import tag_key
from clinic.calendar import start_of
from patients.models import Patient
from patients.search import words

OPEN = (InvoiceStatus.ISSUED, InvoiceStatus.PARTIALY_PAID)


class InvoiceQuerySet(models.QuerySet["Invoice"]):  # type: ignore[name-defined]  # Invoice imports this module
    def locked(self, *, skip_locked: bool = False) -> Self:
        """These invoices, each locked until the transaction ends; in the order of their ids, against deadlock."""
        return self.select_for_update(of=("self",), no_key=True, skip_locked=skip_locked).order_by("pk")

    def open(self) -> Self:
        """Issued, and something remains to be paid."""
        return self.filter(status__in=OPEN)

    def due_through(self, day: date) -> Self:
        """Open, and due on or before that day of the clinic; one due before its issue is due when issued."""
        end = start_of(date.fromordinal(day.toordinal() + 1))
        return self.open().filter(due_date__lt=end, issue_date__lt=end)

    def overdue(self, *, on: date) -> Self:
        """Open, and due before that day."""
        return self.due_through(date.fromordinal(on.toordinal() - 1))

    def of_accounts(self, patient_ids: Iterable[UUID]) -> Self:
        """The invoices of these patients, and of everyone who shares an account with one of them."""
        return self.filter(patient__in=Patient.objects.account_of(*patient_ids))

    def for_patient(self, patient: Patient) -> Self:
        """The invoices of one patient's account."""
        return self.of_accounts([patient.pk])

    def ever_issued(self) -> Self:
        """Those that have, or had, a number of their series: no drafts, and none that was voided as a draft."""
        return self.exclude(reg_number__startswith="DRAFT-")

    def found_by(self, text: str) -> Self:
        """Invoices where every word is in the number, an item's description, or the patient's particulars."""
        found = self
        for word in words(text):
            found = found.filter(Q(search_text__contains=word) | Q(patient__search_text__contains=word))
        return found

    def tagged(self, names: Iterable[str]) -> Self:
        """Invoices with any of these tags."""
        link = self.model.tags.through.objects.filter(
            invoice_id=models.OuterRef("pk"), tag__key__in=[tag_key(name) for name in names]
        )
        return self.filter(models.Exists(link))
