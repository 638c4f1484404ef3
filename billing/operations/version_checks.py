"""Optimistic locking: act only if the version that the caller read is current."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction

from billing.models import Invoice
from clinic.domain.errors import StaleVersion
from patients.models import Patient


@contextmanager
def locked_at_version(invoice: Invoice, version: int) -> Iterator[None]:
    """Lock the account and the invoice until the block has ended. StaleVersion when it has another version now."""
    with transaction.atomic():
        invoice.patient.lock_account()
        invoice.lock()
        if invoice.version != version:
            raise StaleVersion("Somebody has changed this invoice in the meantime.")
        yield


@contextmanager
def account_locked_at_versions(patient: Patient, versions: Mapping[UUID, int]) -> Iterator[None]:
    """Lock an account and these of its invoices until the block has ended. StaleVersion names those that changed."""
    with transaction.atomic():
        patient.lock_account()
        locked = Invoice.objects.for_patient(patient).locked().filter(pk__in=versions)
        changed = [invoice.pk for invoice in locked if invoice.version != versions[invoice.pk]]
        if changed:
            raise StaleVersion("Somebody has changed an invoice of this patient in the meantime.", changed=changed)
        yield
