"""Issue credit notes, in part or whole; correct an invoice by a credit note and a new draft."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Sum

from billing.choices import EventKind, InvoiceStatus, NumberedDocument
from billing.models import BooksClosing, CreditNote, CreditNoteLine, Invoice, NumberSeries, Payment
from billing.models.invoice.model import LockedInvoice
from billing.operations.allocations import AllocatedPart, allocate, allocated_parts, release
from billing.operations.drafts import content_of, create_draft
from billing.operations.invoice_input import InvoiceInput
from billing.operations.recording import ledger_change
from billing.operations.write_offs import reverse_write_offs
from billing.roles import CORRECT, CREDIT
from billing.rules.crediting import CreditableItem, CreditLine, CreditRequest, credit_note_lines
from billing.rules.lifecycle import Verb, check_verb
from billing.rules.money import ZERO
from billing.rules.reasons import check_reason
from billing.rules.settlement import settle_credit, take_newest_first
from billing.rules.totals import Totals, payable_shares
from clinic.db.bulk import bulk_insert
from clinic.db.compiled import CompiledQuery
from clinic.db.transactions import atomic
from clinic.domain.dates import local_date
from clinic.domain.errors import RuleBroken
from clinic.domain.permissions import check_permission

_CREDITED = CompiledQuery(
    lambda invoice_id: (
        CreditNoteLine.objects.filter(credit_note__invoice=invoice_id)
        .order_by()
        .values_list("item_id")
        .annotate(total=Sum("total_amount"), quantity=Sum("quantity"))
    )
)


class AlreadyCorrected(RuleBroken):
    """The invoice has already been corrected."""

    code = "already_corrected"


@atomic
def issue_credit_note(
    invoice: Invoice, *, reason: str, by: User, at: datetime, items: Sequence[CreditRequest[UUID]] | None = None
) -> CreditNote:
    """Credit what is asked of each item, or all that was not credited yet.

    It settles what remains; beyond, it reverses write-offs, and beyond those it releases money to the patient's
    credit. OverCredit, InvalidCredit, or MoveNotAllowed on a draft and a void invoice.
    """
    check_permission(by, CREDIT)
    locked = _lock(invoice, Verb.CREDIT, at)
    check_reason(reason, what="A credit note")
    lines = credit_note_lines(creditable_items(locked), items)
    note = _build_note(locked, lines, reason=reason, by=by, at=at)
    with ledger_change(locked, EventKind.CREDIT_NOTE, by=by, at=at, reason=reason, save=False) as cause:
        cause["credit_note_id"] = note.pk
        _settle(locked, note, by=by, at=at)
    _number_and_store(note, lines, by=by, at=at)
    locked.save(at=at)
    return note


@atomic
def correct(invoice: Invoice, *, reason: str, by: User, at: datetime) -> Invoice:
    """Credit all that is left of an invoice, and return a new draft with the same items, linked both ways.

    The money that this releases becomes the draft's deposit.
    """
    check_permission(by, CORRECT)
    locked = _lock(invoice, Verb.CORRECT, at)
    check_reason(reason, what="A correction")
    check_not_corrected(locked)
    lines = credit_note_lines(creditable_items(locked))
    note = _build_note(locked, lines, reason=reason, by=by, at=at)
    with ledger_change(locked, EventKind.CORRECTED, by=by, at=at, reason=reason, save=False) as cause:
        cause["credit_note_id"] = note.pk
        released = dict(_settle(locked, note, by=by, at=at))
        draft = create_draft(_same_input(locked), by=by, at=at)
        locked.set_correction(draft.pk)
        if released:
            locked_draft = draft.lock()
            for payment in Payment.objects.filter(pk__in=released).order_by("created_at", "pk"):
                allocate(locked_draft, payment, released[payment.pk], EventKind.ALLOCATED, by=by, at=at)
    _number_and_store(note, lines, by=by, at=at)
    locked.save(at=at)
    return draft


def check_not_corrected(invoice: Invoice) -> None:
    """AlreadyCorrected if a draft corrects the invoice."""
    if Invoice.objects.filter(corrects=invoice).exists():
        raise AlreadyCorrected("This invoice has already been corrected.")


def creditable_items(invoice: Invoice) -> list[CreditableItem[UUID]]:
    """Return the items of an invoice, each with its share of the total and what was credited of it already."""
    items = invoice.ordered_items
    totals = Totals(
        line_totals=tuple(item.line_total for item in items),
        subtotal=invoice.subtotal,
        discount_total=invoice.discount_total,
        taxes=tuple(invoice.tax_lines),
        tax_amount=invoice.tax_amount,
        total_amount=invoice.total_amount,
    )
    shares = payable_shares([item.line for item in items], totals)
    credited = {item_id: (total, quantity or ZERO) for item_id, total, quantity in _CREDITED.all(invoice.pk)}
    return [
        CreditableItem(item.pk, item.quantity, share, *credited.get(item.pk, (ZERO, ZERO)))
        for item, share in zip(items, shares, strict=True)
    ]


def _lock(invoice: Invoice, verb: Verb, at: datetime) -> LockedInvoice:
    """Lock the patient, whose credit may grow, then the invoice. MoveNotAllowed, PeriodClosed."""
    invoice.get_patient().lock_account()
    locked = invoice.lock()
    check_verb(verb, InvoiceStatus(locked.status))
    BooksClosing.objects.check_open(local_date(at), what="a credit note")
    return locked


def _build_note(
    invoice: LockedInvoice, lines: Sequence[CreditLine[UUID]], *, reason: str, by: User, at: datetime
) -> CreditNote:
    return CreditNote.build(
        id=uuid.uuid4(),
        invoice=invoice,
        reason=reason,
        tax_amount=sum((line.tax for line in lines), ZERO),
        total_amount=sum((line.total for line in lines), ZERO),
        currency=invoice.currency,
        by=by,
        at=at,
    )


def _settle(invoice: LockedInvoice, note: CreditNote, *, by: User, at: datetime) -> list[AllocatedPart]:
    """Change the invoice's amounts, in memory and in the ledger; return what was released of each payment."""
    effect = settle_credit(**invoice.amounts(), amount=note.total_amount)
    invoice.credited_amount += note.total_amount
    reverse_write_offs(invoice, effect.write_off_reversed, reason=f"Credited: {note.reason}", by=by, at=at)
    released = take_newest_first(allocated_parts(invoice), effect.released) if effect.released else []
    release(invoice, released, credit_note_id=note.pk, by=by, at=at)
    return released


def _number_and_store(note: CreditNote, lines: Sequence[CreditLine[UUID]], *, by: User, at: datetime) -> None:
    """Draw the number, after every row that does not carry it, and store the credit note with its lines."""
    note.number = NumberSeries.objects.draw(NumberedDocument.CREDIT_NOTE, local_date(at).year)
    note.set_search_text()
    note.save(force_insert=True)
    bulk_insert(
        [
            CreditNoteLine.build(
                credit_note=note,
                item_id=line.key,
                quantity=line.quantity,
                tax_amount=line.tax,
                total_amount=line.total,
                by=by,
                at=at,
            )
            for line in lines
        ]
    )


def _same_input(invoice: Invoice) -> InvoiceInput:
    """Return the input that makes the draft that corrects this invoice."""
    content = content_of(invoice)
    more = {name: getattr(invoice, name) for name in ("appointment", "notes", "internal_note")}
    return replace(content, fields={**content.fields, **more, "corrects": invoice})
