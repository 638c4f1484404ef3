"""The contract's shapes as pydantic models; amounts are encoded as JSON numbers."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

Number = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
Money = Annotated[Number, Field(ge=0, decimal_places=2, max_digits=12)]
Percent = Annotated[Number, Field(ge=0, le=100, decimal_places=4)]
ZERO = Decimal("0.00")
Names = Annotated[list[str], BeforeValidator(lambda tags: [tag.name for tag in tags])]  # of rows


class ItemIn(BaseModel):
    id: UUID | None = None
    code: str = Field("", max_length=50)
    description: str = Field(max_length=500)
    quantity: Annotated[Decimal, Field(gt=0, decimal_places=3)] = Decimal("1.000")
    unit_price: Annotated[Decimal, Field(ge=0, decimal_places=4)]
    discount_amount: Money = ZERO
    discount_percent: Percent = ZERO
    tax_rate: Percent = ZERO


class InvoiceIn(BaseModel):
    patient_id: UUID
    appointment_id: UUID | None = None
    issue_date: datetime | None = None
    due_date: datetime | None = None
    discount_amount: Money = ZERO
    discount_percent: Percent = ZERO
    items: list[ItemIn] = Field([], max_length=500)
    tags: list[str] = Field([], max_length=20)


class PaymentIn(BaseModel):
    amount: Annotated[Decimal, Field(gt=0, decimal_places=2)]
    method: str = Field(max_length=11)
    reference: str = Field("", max_length=100)


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ItemOut(Out):
    id: UUID
    position: int
    code: str
    description: str
    quantity: Number
    unit_price: Number
    discount_amount: Number
    discount_percent: Number
    tax_rate: Number
    line_total: Number


class InvoiceOut(Out):
    issue_date: datetime | None
    due_date: datetime | None
    status: str
    discount_amount: Number
    discount_percent: Number
    paid_amount: Number
    appointment_id: UUID | None
    patient_id: UUID
    id: UUID
    subtotal: Number
    remaining_amount: Number
    total_amount: Number
    reg_number: str
    items: list[ItemOut]
    tags: Names
    created_at: datetime
    updated_at: datetime


class Page(BaseModel):
    total: int
    offset: int
    limit: int
    data: list[InvoiceOut]


class PaymentOut(Out):
    id: UUID
    invoice_id: UUID
    amount: Number
    method: str
    reference: str
    received_at: datetime
