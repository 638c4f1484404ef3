"""The contract's tables, as SQLAlchemy 2 declares them; named as those of plain_drf."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import Column, DateTime, ForeignKey, Index, Numeric, String, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

MONEY, RATE = Numeric(12, 2), Numeric(14, 4)
TIMESTAMP = DateTime(timezone=True)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "plain_user"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(150), unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)


class AccessToken(Base):
    __tablename__ = "plain_access_token"

    token: Mapped[str] = mapped_column(String(255), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("plain_user.id"))
    expires: Mapped[datetime] = mapped_column(TIMESTAMP)


class Patient(Base):
    __tablename__ = "plain_patient"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    record_number: Mapped[str] = mapped_column(String(40), unique=True)
    given_name: Mapped[str] = mapped_column(String(100))
    family_name: Mapped[str] = mapped_column(String(100))
    phone: Mapped[str] = mapped_column(String(40))
    email: Mapped[str] = mapped_column(String(254))


class Tag(Base):
    __tablename__ = "plain_tag"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    name: Mapped[str] = mapped_column(String(50), unique=True)


invoice_tags = Table(
    "plain_invoice_tags",
    Base.metadata,
    Column("invoice_id", ForeignKey("plain_invoice.id"), primary_key=True),
    Column("tag_id", ForeignKey("plain_tag.id"), primary_key=True, index=True),
)


class Invoice(Base):
    __tablename__ = "plain_invoice"
    __table_args__ = (
        Index("plain_by_creation", "created_at", "id"),
        Index("plain_by_patient", "patient_id", "created_at"),
        Index("plain_by_status", "status", "created_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    reg_number: Mapped[str] = mapped_column(String(30), unique=True)
    patient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plain_patient.id"))
    appointment_id: Mapped[uuid.UUID | None]
    status: Mapped[str] = mapped_column(String(13), default="DRAFT")
    issue_date: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    due_date: Mapped[datetime | None] = mapped_column(TIMESTAMP)
    discount_amount: Mapped[Decimal] = mapped_column(MONEY)
    discount_percent: Mapped[Decimal] = mapped_column(RATE)
    subtotal: Mapped[Decimal] = mapped_column(MONEY)
    total_amount: Mapped[Decimal] = mapped_column(MONEY)
    paid_amount: Mapped[Decimal] = mapped_column(MONEY, default=Decimal("0.00"))
    remaining_amount: Mapped[Decimal] = mapped_column(MONEY)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP, default=lambda: datetime.now(UTC))
    updated_at: Mapped[datetime] = mapped_column(
        TIMESTAMP, default=lambda: datetime.now(UTC), onupdate=lambda: datetime.now(UTC)
    )
    patient: Mapped[Patient] = relationship()
    items: Mapped[list["Item"]] = relationship(cascade="all, delete-orphan", order_by="Item.position")
    tags: Mapped[list[Tag]] = relationship(secondary=invoice_tags)


class Item(Base):
    __tablename__ = "plain_item"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plain_invoice.id"), index=True)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(50))
    description: Mapped[str] = mapped_column(String(500))
    quantity: Mapped[Decimal] = mapped_column(Numeric(9, 3))
    unit_price: Mapped[Decimal] = mapped_column(RATE)
    discount_amount: Mapped[Decimal] = mapped_column(MONEY)
    discount_percent: Mapped[Decimal] = mapped_column(RATE)
    tax_rate: Mapped[Decimal] = mapped_column(RATE)
    line_total: Mapped[Decimal] = mapped_column(MONEY)


class Payment(Base):
    __tablename__ = "plain_payment"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plain_invoice.id"), index=True)
    amount: Mapped[Decimal] = mapped_column(MONEY)
    method: Mapped[str] = mapped_column(String(11))
    reference: Mapped[str] = mapped_column(String(100))
    received_at: Mapped[datetime] = mapped_column(TIMESTAMP, default=lambda: datetime.now(UTC))
