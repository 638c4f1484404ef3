"""Request serializers of invoices, payments, services and tags: names and types; the meaning is in operations/."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django.conf import settings

from billing.api.response_schemas import InvoiceShape, ItemShape, ServiceShape, TagShape
from billing.choices import InvoiceStatus, PaymentMethod
from billing.operations.item_input import MAX_ITEMS
from billing.rules import limits
from billing.rules.money import CENT
from clinic.api.requests.fields import (
    Choice,
    Date,
    DateTime,
    Flag,
    Money,
    Percent,
    Quantity,
    StrictField,
    StrictUUID,
    Text,
    UnitPrice,
)
from clinic.api.requests.serializers import ListOf, StrictSerializer
from clinic.domain.errors import FieldError
from clinic.domain.text import distinct, strip, text_error

STATUS_SYNONYMS: Mapping[str, str] = {"PARTIALLY_PAID": InvoiceStatus.PARTIALY_PAID}

Reason = partial(Text, limits.REASON_LENGTH)


class Method(Choice):
    """A payment method, in any case."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(PaymentMethod, any_case=True, **kwargs)

    def to_internal_value(self, data: Any) -> PaymentMethod:
        return PaymentMethod(super().to_internal_value(data))


class Status(Choice):
    """One of the contract's six statuses, in capitals; PARTIALLY_PAID is accepted for PARTIALY_PAID, too."""

    schema_keywords = {"description": "`PARTIALLY_PAID` is accepted for `PARTIALY_PAID`."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(InvoiceStatus, synonyms=STATUS_SYNONYMS, **kwargs)

    def to_internal_value(self, data: Any) -> InvoiceStatus:
        return InvoiceStatus(super().to_internal_value(data))


class Currency(Choice):
    """The clinic's currency; it may be sent, and no other is taken."""

    schema_keywords = {"description": "The clinic's currency; any other is refused."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__([settings.CLINIC_CURRENCY], **kwargs)


class TagList(StrictField):
    """A list of tags: strings without commas, stripped; of two that differ in case only, the first is kept."""

    schema_keywords = {
        "type": "array",
        "items": {"type": "string", "minLength": 1, "maxLength": limits.TAG_LENGTH, "pattern": "^[^,]+$"},
        "maxItems": limits.MAX_TAGS,
        "description": "Case is ignored; a tag must not contain a comma.",
    }
    default_error_messages = {
        "too_many": "At most {max_tags} tags are allowed.",
        "bad_word": "Each tag must be a string of 1 to {max_length} characters without a comma.",
        "bad_text": "{detail}",
    }

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list):
            self.fail("invalid", detail="Must be a list of strings.")
        if len(data) > 10 * limits.MAX_TAGS:
            self.fail("too_many", max_tags=limits.MAX_TAGS)
        tags = distinct(self._parse_tag(sent) for sent in data)
        if len(tags) > limits.MAX_TAGS:
            self.fail("too_many", max_tags=limits.MAX_TAGS)
        return list(tags.values())

    def _parse_tag(self, sent: Any) -> str:
        tag = strip(sent) if isinstance(sent, str) else ""
        if not tag or len(tag) > limits.TAG_LENGTH or "," in tag:
            self.fail("bad_word", max_length=limits.TAG_LENGTH)
        if error := text_error(tag):
            self.fail("bad_text", detail=error)
        return tag


class ItemBody(StrictSerializer):
    """An item of an invoice. An omitted field keeps its value, or gets that of the service.

    A new item needs a description and a unit price, or a service.
    """

    shape = ItemShape
    aliases = {"name": "description", "price": "unit_price"}
    null_is_absent = frozenset({"id"})
    id = StrictUUID(required=False)
    service_id = StrictUUID(required=False, allow_null=True)
    code = Text(limits.CODE_LENGTH, required=False)
    description = Text(limits.DESCRIPTION_LENGTH, required=False)
    quantity = Quantity(required=False)
    unit_price = UnitPrice(required=False)
    discount_amount = Money(required=False)
    discount_percent = Percent(required=False)
    tax_rate = Percent(required=False)
    service_date = Date(required=False, allow_null=True)

    def check(self, values: dict[str, Any], *, update: bool) -> Iterable[FieldError]:  # noqa: ARG002  # the base's
        if values.get("id") or values.get("service_id"):
            return
        if not values.get("description"):
            yield FieldError("/description", "required", "An item needs a description or a service.")
        if "unit_price" not in values:
            yield FieldError("/unit_price", "required", "An item needs a unit price or a service.")


class BillToBody(StrictSerializer):
    """A payer other than the patient; with an empty name and address, or null, the patient pays."""

    name = Text(limits.PAYER_NAME_LENGTH)
    address = Text(limits.PAYER_ADDRESS_LENGTH, multiline=True, required=False)

    def check(self, values: dict[str, Any], *, update: bool) -> Iterable[FieldError]:  # noqa: ARG002  # the base's
        if values.get("address") and not values["name"]:
            yield FieldError("/name", "blank", "An address needs a name.")


class InvoiceBody(StrictSerializer):
    """The body of POST and PUT: the fields of the contract, and further ones."""

    shape = InvoiceShape
    null_is_absent = frozenset({"issue_date", "due_date", "currency"})
    required_on_update = frozenset({"patient_id"})

    patient_id = StrictUUID()
    appointment_id = StrictUUID(required=False, allow_null=True)
    issue_date = DateTime(required=False)
    due_date = DateTime(required=False)
    status = Status(required=False)
    reason = Reason(required=False)
    discount_amount = Money(required=False)
    discount_percent = Percent(required=False)
    paid_amount = Money(required=False)
    bill_to = BillToBody(required=False, allow_null=True)
    tags = TagList(required=False)
    notes = Text(limits.NOTES_LENGTH, multiline=True, required=False)
    items = ListOf(ItemBody(), required=False, max_length=MAX_ITEMS)
    currency = Currency(required=False)


class VoidBody(StrictSerializer):
    """`payments`: refund the money paid, or keep it as credit; `method`: the method of the refund."""

    reason = Reason(required=False)
    payments = Choice(["credit", "refund"], required=False)
    method = Method(required=False)


class WriteOffBody(StrictSerializer):
    reason = Reason(blank=False)
    amount = Money(required=False, minimum=CENT)


class ReasonBody(StrictSerializer):
    """The body of an action that needs only a reason."""

    reason = Reason(blank=False)


class MoneyInBody(StrictSerializer):
    """A payment of an invoice."""

    null_is_absent = frozenset({"received_at", "tendered"})

    amount = Money(minimum=CENT)
    method = Method()
    reference = Text(limits.REFERENCE_LENGTH, required=False)
    received_at = DateTime(required=False)
    tendered = Money(required=False)
    excess = Choice(["reject", "credit"], required=False)


class RefundBody(StrictSerializer):
    amount = Money(minimum=CENT)
    method = Method()
    reason = Reason(blank=False)
    reference = Text(limits.REFERENCE_LENGTH, required=False)


class CreditedItemBody(StrictSerializer):
    """An item to credit, by quantity or by amount, not both; without either, everything that is left of it."""

    id = StrictUUID()
    quantity = Quantity(required=False)
    amount = Money(required=False, minimum=CENT)

    def check(self, values: dict[str, Any], *, update: bool) -> Iterable[FieldError]:  # noqa: ARG002  # the base's
        if "quantity" in values and "amount" in values:
            yield FieldError("", "ambiguous", "Give an amount or a quantity, not both.")


class CreditNoteBody(StrictSerializer):
    """The items to credit, at least one; without a list: all that is left of the invoice."""

    reason = Reason(blank=False)
    items = ListOf(CreditedItemBody(), required=False, max_length=MAX_ITEMS)

    def check(self, values: dict[str, Any], *, update: bool) -> Iterable[FieldError]:  # noqa: ARG002  # the base's
        if values.get("items") == []:
            yield FieldError("/items", "empty", "List at least one item, or omit “items” to credit all that is left.")


class AllocationBody(StrictSerializer):
    invoice_id = StrictUUID()
    amount = Money(minimum=CENT)


class AllocationsBody(StrictSerializer):
    """The invoices that a payment's credit goes to, at least one; without a list: oldest due first."""

    allocations = ListOf(AllocationBody(), required=False, max_length=limits.MAX_ALLOCATIONS)

    def check(self, values: dict[str, Any], *, update: bool) -> Iterable[FieldError]:  # noqa: ARG002  # the base's
        if values.get("allocations") == []:
            yield FieldError("/allocations", "empty", "List at least one invoice, or omit “allocations”.")


class PaymentBody(MoneyInBody):
    """A payment of a patient, over as many of their invoices as it covers."""

    patient_id = StrictUUID()
    allocations = ListOf(AllocationBody(), required=False, max_length=limits.MAX_ALLOCATIONS)


class ServiceBody(StrictSerializer):
    shape = ServiceShape

    code = Text(limits.CODE_LENGTH, blank=False)
    description = Text(limits.DESCRIPTION_LENGTH, blank=False)
    category = Text(limits.CATEGORY_LENGTH, required=False)
    unit_price = UnitPrice()
    tax_rate = Percent(required=False)
    active = Flag(required=False)


class TagName(Text):
    """The name of a tag, without a comma."""

    schema_keywords = {"pattern": "^[^,]+$"}

    default_error_messages = {"comma": "A tag must not contain a comma."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(limits.TAG_LENGTH, blank=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        if "," in name:
            self.fail("comma")
        return name


class TagBody(StrictSerializer):
    shape = TagShape

    name = TagName()
