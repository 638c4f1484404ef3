"""Giving an issued invoice back, in part or whole; and correcting it by a credit note and a new draft."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Sum

from billing.choices import EventKind, InvoiceStatus, NumberedDocument
from billing.models import (
    BooksClosing,
    CreditNote,
    CreditNoteLine,
    Invoice,
    NumberSeries,
    Payment,
)
from billing.models.invoice.items import CONTENT
from billing.models.invoice.record import Payer
from billing.models.ledger import check_reason
from billing.roles import CORRECT, CREDIT
from billing.rules.crediting import CreditableItem, CreditLine, CreditRequest, credit_note_lines
from billing.rules.lifecycle import Verb, check_verb
from billing.rules.money import ZERO
from billing.rules.settlement import settle_credit, take_newest_first
from billing.rules.totals import Totals, payable_shares
from clinic.db.compiled import CompiledQuery, insert, insert_all
from clinic.db.transactions import atomic
from clinic.domain.dates import local_date
from clinic.domain.errors import RuleBroken
from clinic.domain.permissions import check_permission

Released = list[tuple[UUID, Decimal]]

_CREDITED = CompiledQuery(
    lambda invoice_id: (
        CreditNoteLine.objects.filter(credit_note__invoice=invoice_id)
        .order_by()
        .values_list("item_id")
        .annotate(total=Sum("total_amount"), quantity=Sum("quantity"))
    )
)


class AlreadyCorrected(RuleBroken):
    """An invoice is corrected by one draft."""

    code = "already_corrected"


@atomic
def issue_credit_note(
    *, invoice: Invoice, reason: str, by: User, at: datetime, items: Sequence[CreditRequest[UUID]] | None = None
) -> CreditNote:
    """Give back what is asked of each item, or all that was not credited yet.

    It settles what remains; beyond, it reverses write-offs, and beyond those it releases money to the patient's
    credit. OverCredit, InvalidCredit, or MoveNotAllowed on a draft and a void invoice.
    """
    check_permission(by, CREDIT)
    _lock(invoice, Verb.CREDIT, at)
    check_reason(reason, what="A credit note")
    lines = credit_note_lines(creditable_items(invoice), items)
    note = _note_of(invoice, lines, reason=reason, by=by, at=at)
    before = invoice.ledger_sums()
    _settle(invoice, note, by=by, at=at)
    return _number_and_write(note, lines, invoice, kind=EventKind.CREDIT_NOTE, before=before, by=by, at=at)


@atomic
def correct(*, invoice: Invoice, reason: str, by: User, at: datetime) -> Invoice:
    """Credit all that is left of an invoice, and start a draft with the same items, linked both ways.

    The money that this frees becomes the draft's deposit. Answers with the draft.
    """
    check_permission(by, CORRECT)
    _lock(invoice, Verb.CORRECT, at)
    check_reason(reason, what="A correction")
    if Invoice.objects.filter(corrects=invoice).exists():
        raise AlreadyCorrected("A draft corrects this invoice already.")
    lines = credit_note_lines(creditable_items(invoice))
    note = _note_of(invoice, lines, reason=reason, by=by, at=at)
    before = invoice.ledger_sums()
    released = _settle(invoice, note, by=by, at=at)
    draft = _draft_like(invoice, by=by, at=at)
    invoice.is_corrected_by(draft.pk)
    if released:
        draft.lock()
        for payment in Payment.objects.filter(pk__in=dict(released)).order_by("created_at", "pk"):
            draft.apply(payment, dict(released)[payment.pk], EventKind.ALLOCATED, by=by, at=at)
    _number_and_write(note, lines, invoice, kind=EventKind.CORRECTED, before=before, by=by, at=at)
    return draft


def creditable_items(invoice: Invoice) -> list[CreditableItem[UUID]]:
    """The items of an invoice, each with what it contributed to the total and what was credited of it already."""
    items = invoice.lines
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


def _lock(invoice: Invoice, verb: Verb, at: datetime) -> None:
    """The patient, whose credit may grow, and the invoice; and whether the verb may start."""
    invoice.patient_known().lock_account()
    invoice.lock()
    check_verb(verb, InvoiceStatus(invoice.status))
    BooksClosing.objects.check_open(local_date(at), what="a credit note")


def _note_of(invoice: Invoice, lines: Sequence[CreditLine[UUID]], *, reason: str, by: User, at: datetime) -> CreditNote:
    return CreditNote.signed(
        id=uuid.uuid4(),
        invoice=invoice,
        reason=reason,
        tax_amount=sum((line.tax for line in lines), ZERO),
        total_amount=sum((line.total for line in lines), ZERO),
        currency=invoice.currency,
        by=by,
        at=at,
    )


def _settle(invoice: Invoice, note: CreditNote, *, by: User, at: datetime) -> Released:
    """Move the invoice's amounts, in memory and in the ledger; answers with what each payment was released of."""
    effect = settle_credit(**invoice.amounts(), amount=note.total_amount)
    invoice.credited_amount += note.total_amount
    invoice.reverse_write_offs(effect.write_off_reversed, reason=f"Credited: {note.reason}", by=by, at=at)
    released = take_newest_first(invoice.held_parts(), effect.released) if effect.released else []
    invoice.release(released, credit_note_id=note.pk, by=by, at=at)
    return released


def _number_and_write(
    note: CreditNote,
    lines: Sequence[CreditLine[UUID]],
    invoice: Invoice,
    *,
    kind: EventKind,
    before: Mapping[str, Decimal],
    by: User,
    at: datetime,
) -> CreditNote:
    """Draw the number, after all that does not carry it, then write what does, and the invoice."""
    document = {"credit_note_id": note.pk}
    invoice.settle_with_event(kind, before=before, by=by, at=at, reason=note.reason, document=document)
    note.number = NumberSeries.objects.draw(NumberedDocument.CREDIT_NOTE, local_date(at).year)
    insert(note)
    insert_all(
        [
            CreditNoteLine.signed(
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
    invoice.save(at=at)
    return note


def _draft_like(invoice: Invoice, *, by: User, at: datetime) -> Invoice:
    """A new draft that says what the invoice says."""
    return Invoice.objects.create_with_items(
        by=by,
        at=at,
        patient=invoice.patient,
        appointment=invoice.appointment,
        bill_to=_payer_beside(invoice),
        discount_amount=invoice.discount_amount,
        discount_percent=invoice.discount_percent,
        notes=invoice.notes,
        internal_note=invoice.internal_note,
        corrects=invoice,
        items=[{name: getattr(item, name) for name in CONTENT} for item in invoice.items.select_related("service")],
        tags=[tag.name for tag in invoice.tags.all()],
    )


def _payer_beside(invoice: Invoice) -> Payer:
    """Who pays instead of the patient; empty where the patient does, so that a new draft takes them as they are now."""
    patient = invoice.particulars["patient"]
    return Payer("", "") if invoice.payer == (patient["name"], patient["address"]) else invoice.payer
