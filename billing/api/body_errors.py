"""Find every error of a refused body: unknown records, and what the rules say of the values that are sound.

The operations stop at the first rule that is broken. Here the same rules are asked one by one, so that whoever sent the
body learns everything at once. Nothing is written.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing.api.resolve_records import resolve_known
from billing.choices import InvoiceStatus
from billing.models import Invoice
from billing.models.invoice.items import InvoiceItem
from billing.operations.create_or_update import ISSUED_STATUSES
from billing.operations.credit_notes import creditable_items
from billing.operations.invoice_input import InvoiceInput
from billing.operations.item_input import replace_items
from billing.operations.operation_checks import check_appointment, check_has_items
from billing.operations.payments import Share, allocation_errors
from billing.operations.receive_payment import payment_errors
from billing.rules.crediting import CreditRequest, credit_note_lines, request_errors
from billing.rules.money import ZERO
from billing.rules.paid_amount import payment_to_record
from billing.rules.reasons import check_void_reason
from billing.rules.totals import calculate_totals, line_errors, line_total
from clinic.api.requests.serializers import ReadBody
from clinic.domain.errors import FieldError, collecting
from patients.models import Patient

PAYMENT_FIELDS = ("amount", "method", "received_at", "tendered")


def invoice_errors(body: ReadBody, invoice: Invoice | None) -> list[FieldError]:
    """Return the errors of an InvoiceBody for this invoice; None: a new one."""
    data, errors = resolve_known({**body.values, "items": [item or {} for item in body.values.get("items", ())]})
    patient = data.fields.get("patient", invoice.patient if invoice else None)
    if patient is not None and body.is_sound("patient_id"):
        with collecting(errors):
            check_appointment(patient, data.fields.get("appointment"))
    if invoice is None or invoice.status == InvoiceStatus.DRAFT:
        body = ReadBody(body.values, [*body.errors, *errors])
        errors += (
            _errors_of_items(body, data, invoice) if body.is_sound("items") else _errors_of_some(body, data, invoice)
        )
    return errors


def _errors_of_some(body: ReadBody, data: InvoiceInput, invoice: Invoice | None) -> Iterator[FieldError]:
    """Yield the errors of the items that are sound, of a list in which others are not."""
    stored = invoice.ordered_items if invoice else []
    for index, item in enumerate(data.items or ()):
        if not body.is_sound("items", index):
            continue
        errors: list[FieldError] = []
        with collecting(errors):
            [new] = replace_items([item], stored)
            errors += line_errors(index, new.line, line_total(new.line))
        for error in errors:
            yield error._replace(pointer=error.pointer.replace("/items/0/", f"/items/{index}/", 1))


def _errors_of_items(body: ReadBody, data: InvoiceInput, invoice: Invoice | None) -> list[FieldError]:
    """Return the errors of all items and of the figures that follow from them."""
    stored: Sequence[InvoiceItem] = invoice.ordered_items if invoice else []
    errors: list[FieldError] = []
    with collecting(errors):
        items = replace_items(data.items or (), stored) if "items" in body.values else stored
        if data.status in ISSUED_STATUSES:
            with collecting(errors):
                check_has_items(items)
        if body.is_sound("discount_amount") and body.is_sound("discount_percent"):
            totals = calculate_totals(
                [item.line for item in items],
                discount_amount=data.fields.get("discount_amount", invoice.discount_amount if invoice else ZERO),
                discount_percent=data.fields.get("discount_percent", invoice.discount_percent if invoice else ZERO),
            )
            payment_to_record(
                InvoiceStatus.DRAFT,
                asserted=data.paid_amount or ZERO,
                total=totals.total_amount,
                paid=ZERO,
                was_lowered=False,
                is_current=True,
            )
    return errors


def payment_body_errors(body: ReadBody, *, at: datetime) -> Iterator[FieldError]:
    """Yield the errors of a MoneyInBody, and those of the ids of a PaymentBody."""
    values = body.values
    yield from payment_errors(**{name: values[name] for name in PAYMENT_FIELDS if values.get(name) is not None}, at=at)
    if "patient_id" not in values:
        return
    patient = Patient.objects.by_id(values["patient_id"])
    if patient is None:
        yield FieldError("/patient_id", "unknown_patient", "There is no patient with this id.")
        return
    yield from share_errors(body, patient)


def share_errors(body: ReadBody, patient: Patient) -> Iterator[FieldError]:
    """Yield the errors of the sound allocations of a payment of this patient."""
    shares = [(index, Share(**share)) for index, share in _sound_entries(body, "allocations")]
    ids = [share.invoice_id for _, share in shares]
    known = set(Invoice.objects.for_patient(patient).filter(pk__in=ids).values_list("pk", flat=True))
    yield from allocation_errors(shares, known)


def credit_note_errors(body: ReadBody, invoice: Invoice) -> list[FieldError]:
    """Return the errors of the sound items of a CreditNoteBody."""
    requests = [(index, credit_request(**item)) for index, item in _sound_entries(body, "items")]
    items = creditable_items(invoice)
    errors = list(request_errors(requests, {item.key for item in items}))
    if requests and not errors and body.is_sound("items"):
        with collecting(errors):
            credit_note_lines(items, [request for _, request in requests])
    return errors


def credit_request(id: UUID, **part: Decimal) -> CreditRequest[UUID]:  # noqa: A002  # the name in the API
    """Return the request that the values of a CreditedItemBody make."""
    return CreditRequest(id, **part)


def void_errors(body: ReadBody, invoice: Invoice) -> list[FieldError]:
    """Return the error of a VoidBody without the reason that an issued invoice needs."""
    errors: list[FieldError] = []
    if invoice.is_issued and body.is_sound("reason"):
        with collecting(errors):
            check_void_reason(body.values.get("reason", ""))
    return errors


def _sound_entries(body: ReadBody, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the entries of a list that have no error, with their indexes."""
    for index, entry in enumerate(body.values.get(name, ())):
        if body.is_sound(name, index):
            yield index, entry
