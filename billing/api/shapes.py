"""How invoices, money and the price list look as they leave; a test compares real answers with what is said here."""

from decimal import Decimal
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from billing.choices import EventKind, InvoiceStatus, PaymentMethod
from clinic.api.schema.shapes import Amount, Day, Id, Moment, Warned

Currency = Annotated[str, "ISO 4217."]
Person = Annotated[str, "The login of whoever did it."]
Signature = Annotated[str, "The login of whoever did it; not told to a patient."]
Reason = Annotated[str, "Not told to a patient."]


class BillToShape(TypedDict):
    """Who pays."""

    name: str
    address: str


class TaxShape(TypedDict):
    """What is taxed at one rate."""

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
    tax_rate: Annotated[Decimal, "In percent; 0 is exempt."]
    service_date: Day | None
    position: Annotated[int, "Where it stands, from 0."]
    line_total: Annotated[Amount, "After its own discounts, before the invoice's and tax."]


class InvoiceShape(Warned):
    """An invoice: the contract's fields, and those beside them."""

    issue_date: Moment | None
    due_date: Moment | None
    status: InvoiceStatus
    discount_amount: Annotated[Amount, "As it was sent."]
    discount_percent: Decimal
    paid_amount: Annotated[Amount, "The sum of the ledger."]
    appointment_id: Id | None
    patient_id: Id
    id: Id
    subtotal: Amount
    remaining_amount: Annotated[Amount, "What is still owed."]
    total_amount: Amount
    reg_number: Annotated[str, "Begins with DRAFT- until it is issued."]
    items: list[ItemShape]
    bill_to: BillToShape
    tags: NotRequired[Annotated[list[str], "Not told to a patient."]]
    notes: Annotated[str, "Printed: the patient sees it."]
    discount_total: Annotated[Amount, "Percent and amount together."]
    taxes: list[TaxShape]
    tax_amount: Amount
    credited_amount: Amount
    written_off_amount: Amount
    currency: Currency
    corrects_id: Annotated[Id | None, "The invoice in whose place this one stands."]
    corrected_by_id: NotRequired[
        Annotated[Id | None, "The invoice that stands in place of this one; not told to a patient."]
    ]
    created_at: Moment
    updated_at: Moment


class EventShape(TypedDict):
    """What happened to an invoice, through whom and what."""

    id: Id
    kind: EventKind
    at: Moment
    by: Person
    client: Annotated[str, "The application or the command through which it was done."]
    request_id: str
    reason: str
    version: Annotated[int, "The version of the invoice that it made."]
    status: InvoiceStatus
    changes: Annotated[dict[str, list[Any]], "What changed: [from, to] by field."]


class AllocationShape(TypedDict):
    """What an invoice holds of a payment."""

    invoice_id: Id
    reg_number: str
    amount: Amount


class PaymentShape(Warned):
    """Money of a patient; negative when it reverses another payment."""

    id: Id
    receipt_number: str
    patient_id: Id
    amount: Amount
    method: PaymentMethod
    reference: str
    received_at: Moment
    tendered: Annotated[Amount | None, "What was handed over the desk."]
    change_amount: Amount | None
    reverses_id: Id | None
    reversed_by_id: Id | None
    reason: NotRequired[Reason]
    currency: Currency
    unallocated_amount: Annotated[Amount, "What of it is the patient's credit."]
    allocations: list[AllocationShape]
    created_at: Moment
    created_by: NotRequired[Signature]


class MovementShape(TypedDict):
    """Money onto an invoice, or, negative, off it again."""

    id: Id
    kind: Literal["payment", "release", "refund", "credit_note", "reversal"]
    amount: Amount
    payment_id: Id
    receipt_number: str
    method: PaymentMethod
    reference: str
    received_at: Moment
    refund_id: Id | None
    credit_note_id: Id | None
    reversal_id: Id | None
    created_at: Moment
    created_by: NotRequired[Signature]


class RefundShape(Warned):
    """Money that was handed out."""

    id: Id
    patient_id: Id
    invoice_id: Annotated[Id | None, "None: it was the patient's credit."]
    amount: Amount
    method: PaymentMethod
    reason: NotRequired[Reason]
    reference: str
    currency: Currency
    created_at: Moment
    created_by: NotRequired[Signature]


class CreditedItemShape(TypedDict):
    """What of an item was given back."""

    id: Id
    description: str
    quantity: Decimal | None
    tax_amount: Amount
    total_amount: Amount


class CreditNoteShape(TypedDict):
    """Items of an invoice that were given back, with their tax."""

    id: Id
    number: str
    invoice_id: Id
    reason: NotRequired[Reason]
    items: list[CreditedItemShape]
    tax_amount: Amount
    total_amount: Amount
    currency: Currency
    created_at: Moment
    created_by: NotRequired[Signature]


class ServiceShape(TypedDict):
    """A row of the price list."""

    id: Id
    code: str
    description: str
    category: str
    unit_price: Decimal
    tax_rate: Decimal
    active: bool
    created_at: Moment
    updated_at: Moment


class TagShape(TypedDict):
    """A word on invoices."""

    id: Id
    name: str
    created_at: Moment
    updated_at: Moment
