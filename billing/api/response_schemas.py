"""Response schemas of invoices, payments, services and tags; a test compares them with real responses."""

from decimal import Decimal
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from billing.choices import EventKind, InvoiceStatus, PaymentMethod
from clinic.api.schema.shapes import Amount, Date, DateTime, Id, SchemaKeywords, Warned

Currency = Annotated[str, "The code of ISO 4217."]
Person = Annotated[str, "The username of the person who did it."]
Signature = Annotated[str, "The username of the person who did it; not shown to patients."]
Reason = Annotated[str, "Not shown to patients."]


class BillToShape(TypedDict):
    """A payer other than the patient."""

    name: str
    address: str


class PayerShape(TypedDict):
    """The payer: the patient, or the payer in `bill_to`."""

    name: str
    address: str


class TaxShape(TypedDict):
    """The net amount and the tax of one tax rate."""

    rate: Annotated[Decimal, "In percent."]
    net: Amount
    tax: Amount


class ItemShape(TypedDict):
    """A line of an invoice."""

    id: Id
    service_id: Id | None
    code: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    discount_amount: Amount
    discount_percent: Decimal
    tax_rate: Annotated[Decimal, "In percent; 0 for exempt services."]
    service_date: Date | None
    position: Annotated[int, "Position in the list, from 1."]
    line_total: Annotated[Amount, "After the discounts of the item, before the invoice discount and tax."]


class InvoiceShape(Warned):
    """An invoice: the fields of the contract, and further ones."""

    issue_date: DateTime | None
    due_date: DateTime | None
    status: InvoiceStatus
    discount_amount: Annotated[Amount, "The invoice discount, as an amount."]
    discount_percent: Decimal
    paid_amount: Annotated[Amount, "The amount paid so far."]
    appointment_id: Id | None
    patient_id: Id
    id: Id
    subtotal: Amount
    remaining_amount: Annotated[Amount, "The amount due."]
    total_amount: Amount
    reg_number: Annotated[str, "Begins with DRAFT- until it is issued."]
    items: list[ItemShape]
    bill_to: Annotated[BillToShape | None, "Null if the patient pays."]
    payer: PayerShape
    tags: NotRequired[Annotated[list[str], "Not shown to patients."]]
    notes: Annotated[str, "Printed on the invoice."]
    discount_total: Annotated[Amount, "The total discount, from the percentage and the amount."]
    taxes: list[TaxShape]
    tax_amount: Amount
    credited_amount: Amount
    written_off_amount: Amount
    currency: Currency
    corrects_id: Annotated[Id | None, "The invoice that this one corrects."]
    corrected_by_id: NotRequired[Annotated[Id | None, "The invoice that corrects this one; not shown to patients."]]
    created_at: DateTime
    updated_at: DateTime


class EventShape(TypedDict):
    """A change of an invoice: who, when, through which client, from what to what."""

    id: Id
    kind: Annotated[str, SchemaKeywords(enum=EventKind.values)]  # inline: Go's constants are those of InvoiceStatus
    at: DateTime
    by: Person
    client: Annotated[str, "The application or the command that made the change."]
    request_id: str
    reason: str
    version: Annotated[int, "The version of the invoice after the change."]
    status: InvoiceStatus
    changes: Annotated[dict[str, list[Any]], "The changed fields: [from, to] by field."]


class AllocationShape(TypedDict):
    """The part of a payment that is allocated to an invoice."""

    invoice_id: Id
    reg_number: str
    amount: Amount


class PaymentShape(Warned):
    """A payment of a patient; negative if it reverses another payment."""

    id: Id
    receipt_number: str
    patient_id: Id
    amount: Amount
    method: PaymentMethod
    reference: str
    received_at: DateTime
    tendered: Annotated[Amount | None, "The cash received, before change is given."]
    change_amount: Amount | None
    reverses_id: Id | None
    reversed_by_id: Id | None
    reason: NotRequired[Reason]
    currency: Currency
    unallocated_amount: Annotated[Amount, "The part that is the patient's unallocated credit."]
    allocations: list[AllocationShape]
    created_at: DateTime
    created_by: NotRequired[Signature]


class MovementShape(TypedDict):
    """Money allocated to an invoice; negative: released from it."""

    id: Id
    kind: Literal["payment", "release", "refund", "credit_note", "reversal"]
    amount: Amount
    payment_id: Id
    receipt_number: str
    method: PaymentMethod
    reference: str
    received_at: DateTime
    refund_id: Id | None
    credit_note_id: Id | None
    reversal_id: Id | None
    created_at: DateTime
    created_by: NotRequired[Signature]


class RefundShape(Warned):
    """A refund of money paid."""

    id: Id
    patient_id: Id
    invoice_id: Annotated[Id | None, "Null for a refund of unallocated credit."]
    amount: Amount
    method: PaymentMethod
    reason: NotRequired[Reason]
    reference: str
    currency: Currency
    created_at: DateTime
    created_by: NotRequired[Signature]


class CreditedItemShape(TypedDict):
    """The credited part of an item."""

    id: Id
    description: str
    quantity: Decimal | None
    tax_amount: Amount
    total_amount: Amount


class CreditNoteShape(TypedDict):
    """Credited items of an invoice, with their tax."""

    id: Id
    number: str
    invoice_id: Id
    reason: NotRequired[Reason]
    items: list[CreditedItemShape]
    tax_amount: Amount
    total_amount: Amount
    currency: Currency
    created_at: DateTime
    created_by: NotRequired[Signature]


class ServiceShape(TypedDict):
    """A service of the price list."""

    id: Id
    code: str
    description: str
    category: str
    unit_price: Decimal
    tax_rate: Decimal
    active: bool
    created_at: DateTime
    updated_at: DateTime


class TagShape(TypedDict):
    """A tag of invoices."""

    id: Id
    name: str
    created_at: DateTime
    updated_at: DateTime
