"""Doing something to an invoice only as its caller has read it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction

from billing.models import Invoice
from clinic.domain.errors import StaleVersion
from patients.models import Patient


@contextmanager
def as_seen(invoice: Invoice, version: int) -> Iterator[None]:
    """Hold an invoice, after its account, until the block has ended. StaleVersion when it is another version now."""
    with transaction.atomic():
        invoice.patient.lock_account()
        invoice.lock()
        if invoice.version != version:
            raise StaleVersion("Somebody changed this invoice meanwhile.")
        yield


@contextmanager
def account_as_seen(patient: Patient, versions: Mapping[UUID, int]) -> Iterator[None]:
    """Hold an account and these of its invoices until the block has ended. StaleVersion names those that changed."""
    with transaction.atomic():
        patient.lock_account()
        held = Invoice.objects.for_patient(patient).locked().filter(pk__in=versions)
        changed = [invoice.pk for invoice in held if invoice.version != versions[invoice.pk]]
        if changed:
            raise StaleVersion("Somebody changed an invoice of this patient meanwhile.", changed=changed)
        yield
