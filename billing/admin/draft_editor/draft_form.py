"""The draft's form as a whole: head and lines, from the books or as typed; added up, saved, refused."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID, uuid4

from django import forms
from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils.translation import gettext as _

from billing.admin.draft_editor.header_form import WIRE, HeadForm
from billing.admin.draft_editor.item_forms import ROW, RowForm, judge, typed_rows
from billing.choices import InvoiceStatus
from billing.models import Invoice
from billing.operations.requests import create_invoice, update_invoice
from billing.roles import DISCOUNT_ANY
from billing.rules.clerk_limits import check_clerk_discount
from billing.rules.money import ZERO
from billing.rules.totals import Totals, calculate_totals
from clinic.admin import in_words
from clinic.domain.errors import RuleBroken
from clinic.domain.permissions import may
from patients.models import Patient

HEAD_FIELDS = {wire: name for name, wire in reversed(WIRE.items())}


@dataclass(slots=True)
class Figures:
    """What the lines add up to, and what is amiss with it; `totals` is None where they do not add up."""

    totals: Totals | None
    paid: Decimal
    problem: str = ""

    @property
    def remaining(self) -> Decimal:
        """What is left to pay after a deposit."""
        return max(ZERO, self.totals.total_amount - self.paid) if self.totals else ZERO


class DraftSheet:
    """A draft that is edited; `invoice` is None for one that is not in the books yet, which will get `new_id`."""

    def __init__(self, head: HeadForm, rows: list[RowForm], invoice: Invoice | None, new_id: UUID | None) -> None:
        self.head, self.rows, self.invoice = head, rows, invoice
        self.new_id = None if invoice else new_id or uuid4()

    @classmethod
    def new(cls, patient: Patient | None = None) -> Self:
        """An empty sheet, perhaps for a patient."""
        return cls(HeadForm(invoice=None, patient=patient), [], None, None)

    @classmethod
    def stored(cls, invoice: Invoice) -> Self:
        """A draft of the books."""
        rows = [RowForm.of(item, str(at)) for at, item in enumerate(invoice.lines)]
        return cls(HeadForm(invoice=invoice), rows, invoice, None)

    @classmethod
    def typed(cls, sent: QueryDict, invoice: Invoice | None) -> Self:
        """What somebody sent; lines without a word are left out.

        With `overwrite`, they have seen that version, too, and save theirs instead.
        """
        sent = sent.copy()
        if invoice and "overwrite" in sent:
            sent["version"] = str(sent["overwrite"])
            _forget_lost_items(sent, invoice)
        rows = [row for row in typed_rows(sent) if not row.is_blank]
        try:
            new_id = UUID(sent.get("new_id", ""))
        except ValueError:
            new_id = None
        return cls(HeadForm(sent, invoice=invoice, status=InvoiceStatus.DRAFT), rows, invoice, new_id)

    @property
    def template_row(self) -> RowForm:
        """An empty line; a script writes another key into it for each line that it adds."""
        return RowForm(None, key="KEY")

    @property
    def blank_row(self) -> RowForm:
        """An empty line to go on typing in."""
        return RowForm(None, key=uuid4().hex[:12])

    @property
    def is_wrong(self) -> bool:
        """Whether something that was typed cannot be."""
        return self.head.is_bound and (bool(self.head.errors) or any(row.errors for row in self.rows))

    def is_valid(self) -> bool:
        """Whether every field is right by itself."""
        head, rows = self.head.is_valid(), judge(self.rows)
        return head and rows

    def save(self, *, by: User, at: datetime) -> Invoice:
        """One verb of the books. RuleBroken; StaleVersion when somebody changed the draft since it was opened."""
        fields = self.head.values()
        items, tags = [row.given() for row in self.rows], self.head.cleaned_data["tags"]
        if self.invoice is None:
            made = {name: value for name, value in fields.items() if value is not None}
            return create_invoice(by=by, at=at, fields={"id": self.new_id, **made}, items=items, tags=tags)
        update_invoice(
            invoice=self.invoice,
            by=by,
            at=at,
            changes=fields,
            items=items,
            tags=tags,
            expected_versions=[self.head.cleaned_data["version"] or 0],
        )
        return self.invoice

    def figures(self, by: User) -> Figures:
        """What stands there now, added up; lines that are wrong count nothing. Of what was typed, once judged."""
        paid = self.invoice.paid_amount if self.invoice else ZERO
        counted = [(row, line) for row in self.rows if (line := row.line()) is not None]
        given = {name: self._discount(name) for name in ("discount_amount", "discount_percent")}
        try:
            totals = calculate_totals([line for _row, line in counted], **given)
        except RuleBroken as refusal:
            return Figures(None, paid, in_words(refusal))
        for (row, _line), total in zip(counted, totals.line_totals, strict=True):
            row.line_total = total
        figures = Figures(totals, paid)
        if totals.total_amount < paid:
            figures.problem = _("The draft holds a deposit of more than that.")
        elif not may(by, DISCOUNT_ANY):
            figures.problem = _beyond_the_desk([line for _row, line in counted], totals)
        return figures

    def refuse(self, refusal: RuleBroken) -> list[str]:
        """Say a refusal at the fields that it points to; what points nowhere is returned."""
        unplaced = []
        for error in refusal.errors:
            form, name = self._place(error.pointer.strip("/").split("/"))
            if form is None:
                unplaced.append(in_words(refusal, error))
            else:
                form.add_error(name if name in form.fields else None, in_words(refusal, error))
        return unplaced if refusal.errors else [in_words(refusal)]

    def _place(self, pointer: list[str]) -> tuple[forms.Form | None, str]:
        match pointer:
            case ["items", index, name] if index.isdigit() and int(index) < len(self.rows):
                return self.rows[int(index)], name
            case [name, *_rest] if (field := HEAD_FIELDS.get(name, name)) in self.head.fields:
                return self.head, "patient_words" if field == "patient" else field
        return None, ""

    def _discount(self, name: str) -> Decimal:
        if self.head.is_bound:
            return getattr(self.head, "cleaned_data", {}).get(name) or ZERO
        value: Any = getattr(self.invoice, name) if self.invoice else ZERO
        return Decimal(value)


def _beyond_the_desk(lines: list[Any], totals: Totals) -> str:
    try:
        check_clerk_discount(lines, total_before_tax=totals.subtotal - totals.discount_total)
    except RuleBroken as refusal:
        return in_words(refusal)
    return ""


def _forget_lost_items(sent: QueryDict, invoice: Invoice) -> None:
    """Lines that somebody else removed meanwhile become new ones."""
    known = {str(item.pk) for item in invoice.lines}
    for key in sent.getlist(ROW):
        if sent.get(f"{ROW}-{key}-id", "") not in known:
            sent[f"{ROW}-{key}-id"] = ""
