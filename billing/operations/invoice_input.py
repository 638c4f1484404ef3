"""InvoiceInput: the one shape in which the data of a request reaches the operations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from billing.choices import InvoiceStatus
from billing.models import Service
from billing.operations.item_input import ItemData


@dataclass(frozen=True, slots=True)
class InvoiceInput:
    """Validated data for a new invoice, or for a change of one; what is not sent stays as it is.

    `fields` maps patient, appointment, bill_to (a Payer; empty: the patient), issue_date, due_date, discount_amount,
    discount_percent, notes or internal_note to their new values. `items` are the whole list (see item_input.py), `tags`
    the names of all tags. `status` is the status asked for, `paid_amount` asserts the cumulative amount paid, `reason`
    is that of a void or write-off.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    items: Sequence[ItemData] | None = None
    tags: Sequence[str] | None = None
    status: InvoiceStatus | None = None
    paid_amount: Decimal | None = None
    reason: str = ""

    @property
    def services(self) -> list[Service]:
        """The services of the items, each once."""
        found = (item.get("service") for item in self.items or ())
        return list({service.pk: service for service in found if service}.values())
