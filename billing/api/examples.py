"""Example request bodies of each operation, and the domain errors that it may answer with.

A test sends every example, with the ids of its own records in place of those here.
"""

from typing import Any

from billing.models.closing import PeriodClosed
from billing.operations.catalogue import CodeTaken, TagTaken
from billing.operations.credit_notes import AlreadyCorrected
from billing.operations.operation_checks import (
    AlreadyReversed,
    BackdateNotAllowed,
    EmptyInvoice,
    IssueDateInFuture,
    PaymentRefunded,
)
from billing.operations.payments import AllocationsRefused
from billing.operations.receive_payment import PaymentRefused
from billing.operations.refunds import CreditExceeded
from billing.rules.clerk_limits import (
    DiscountNeedsSupervisor,
    PriceNeedsSupervisor,
    ReversalNeedsSupervisor,
    VoidNeedsSupervisor,
)
from billing.rules.crediting import InvalidCredit
from billing.rules.lifecycle import InvoiceHasAdjustments, InvoiceHasPayments, InvoiceImmutable, MoveNotAllowed
from billing.rules.paid_amount import (
    DraftHasDeposit,
    PaidAmountAboveTotal,
    PaidAmountAmbiguous,
    PaidAmountBelowLedger,
    TotalBelowPaid,
)
from billing.rules.settlement import OverCredit, Overpayment, OverRefund, OverWriteOff
from clinic.api.operation_docs import OperationDoc, OperationDocs

PATIENT = "0b6b2f0e-6f0a-4d5e-9d0b-1f1f6a1c0001"
APPOINTMENT = "0b6b2f0e-6f0a-4d5e-9d0b-1f1f6a1c0002"
ITEM = "0b6b2f0e-6f0a-4d5e-9d0b-1f1f6a1c0003"
INVOICE = "0b6b2f0e-6f0a-4d5e-9d0b-1f1f6a1c0004"
SERVICE = "0b6b2f0e-6f0a-4d5e-9d0b-1f1f6a1c0005"

VISIT: dict[str, Any] = {"description": "Physiotherapy, first visit", "unit_price": 199.99}
SEEN: dict[str, Any] = {**VISIT, "code": "PT-1", "quantity": 1.5, "tax_rate": 19, "service_date": "2026-05-31"}
CONTRACT: dict[str, Any] = {
    "issue_date": "2026-06-01T05:53:48.451968Z",
    "due_date": "2019-08-24T14:15:22Z",
    "status": "DRAFT",
    "discount_amount": 0,
    "discount_percent": 0,
    "paid_amount": 0,
    "appointment_id": APPOINTMENT,
    "patient_id": PATIENT,
    "items": [],
}
REASON = {"reason": "Moved abroad, no reply since March"}

_ISSUING = (EmptyInvoice, IssueDateInFuture, PeriodClosed, BackdateNotAllowed)

INVOICE_DOCS: OperationDocs = {
    "create": OperationDoc(
        {
            "As in the contract": CONTRACT,
            "A draft": {"patient_id": PATIENT, "discount_percent": 12.5, "discount_amount": 20, "items": [VISIT]},
            "From the price list": {"patient_id": PATIENT, "items": [{"service_id": SERVICE, "quantity": 3}]},
            "Issued at once": {"patient_id": PATIENT, "status": "ISSUED", "items": [SEEN], "tags": ["Recall"]},
            "Issued and paid at once": {"patient_id": PATIENT, "status": "PAID", "items": [VISIT]},
        },
        (*_ISSUING, PaidAmountAboveTotal, MoveNotAllowed, DiscountNeedsSupervisor, PriceNeedsSupervisor),
    ),
    "update": OperationDoc(
        {
            "Raise the amount paid": {"patient_id": PATIENT, "paid_amount": 154.99},
            "Change the items of a draft": {
                "patient_id": PATIENT,
                "items": [{"id": ITEM, "quantity": 2}, {"description": "Plaster", "unit_price": 4.5}],
            },
            "Write a note": {"patient_id": PATIENT, "notes": "Thank you for coming."},
        },
        (
            *_ISSUING,
            PaidAmountAboveTotal,
            MoveNotAllowed,
            InvoiceImmutable,
            PaidAmountBelowLedger,
            PaidAmountAmbiguous,
            TotalBelowPaid,
            DraftHasDeposit,
            DiscountNeedsSupervisor,
            PriceNeedsSupervisor,
        ),
    ),
    "issue": OperationDoc({"Issue": {}}, (*_ISSUING, MoveNotAllowed)),
    "void": OperationDoc(
        {
            "Unpaid": {"reason": "Wrong patient"},
            "With money on it": {"reason": "Wrong patient", "payments": "refund", "method": "cash"},
        },
        (MoveNotAllowed, InvoiceHasPayments, InvoiceHasAdjustments, VoidNeedsSupervisor),
    ),
    "write_off": OperationDoc({"The rest": REASON, "A part": {**REASON, "amount": 50}}, (MoveNotAllowed, OverWriteOff)),
    "reinstate": OperationDoc({"Reinstate": {"reason": "Came back"}}, (MoveNotAllowed,)),
    "pay": OperationDoc(
        {
            "Cash": {"amount": 100, "method": "cash", "tendered": 200},
            "More than the amount due": {
                "amount": 500,
                "method": "transfer",
                "reference": "Statement 7",
                "excess": "credit",
            },
        },
        (PaymentRefused, Overpayment, MoveNotAllowed, PeriodClosed),
    ),
    "refund": OperationDoc(
        {"Refund": {"amount": 20, "method": "card", "reason": "Paid twice"}}, (OverRefund, MoveNotAllowed)
    ),
    "credit": OperationDoc(
        {
            "All of it": {"reason": "Not rendered"},
            "A part of one item": {"reason": "Shorter visit", "items": [{"id": ITEM, "amount": 30}]},
            "One of its quantity": {"reason": "Not rendered", "items": [{"id": ITEM, "quantity": 1}]},
        },
        (InvalidCredit, OverCredit, MoveNotAllowed, PeriodClosed),
    ),
    "correct": OperationDoc({"Correct": {"reason": "Wrong price"}}, (AlreadyCorrected, OverCredit, MoveNotAllowed)),
}

PAYMENT_DOCS: OperationDocs = {
    "create": OperationDoc(
        {
            "Oldest due first": {"patient_id": PATIENT, "amount": 80, "method": "card"},
            "As listed": {
                "patient_id": PATIENT,
                "amount": 80,
                "method": "transfer",
                "allocations": [{"invoice_id": INVOICE, "amount": 60}],
                "excess": "credit",
            },
        },
        (PaymentRefused, AllocationsRefused, Overpayment, PeriodClosed),
    ),
    "allocate": OperationDoc(
        {"Oldest due first": {}, "As listed": {"allocations": [{"invoice_id": INVOICE, "amount": 20}]}},
        (AllocationsRefused, CreditExceeded),
    ),
    "refund": OperationDoc(
        {"Refund": {"amount": 20, "method": "cash", "reason": "No further visit"}}, (CreditExceeded,)
    ),
    "reverse": OperationDoc(
        {"Reverse": {"reason": "Bounced"}}, (AlreadyReversed, PaymentRefunded, PeriodClosed, ReversalNeedsSupervisor)
    ),
}

SERVICE_DOCS: OperationDocs = {
    "create": OperationDoc(
        {"A service": {"code": "PT-1", "description": "First visit", "unit_price": 80}}, (CodeTaken,)
    ),
    "update": OperationDoc({"A new price": {"unit_price": 85}}, (CodeTaken,)),
}

TAG_DOCS: OperationDocs = {
    "create": OperationDoc({"A tag": {"name": "Insured abroad"}}, (TagTaken,)),
    "update": OperationDoc({"A new name": {"name": "Call again"}}, (TagTaken,)),
}
