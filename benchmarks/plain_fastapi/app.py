"""The contract's routes, and a payment: one session for each request, bearer tokens read from the database."""

import os
import uuid
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import OAuth2PasswordBearer
from plain_arithmetic import add_up
from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import selectinload

from plain_fastapi.shapes import InvoiceIn, InvoiceOut, ItemIn, Page, PaymentIn, PaymentOut
from plain_fastapi.tables import AccessToken, Invoice, Item, Patient, Payment, Tag, User

engine = create_async_engine(os.environ["PLAIN_DATABASE_URL"], pool_size=8, max_overflow=0)
Session = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI(title="Invoices", redirect_slashes=False)
bearer = OAuth2PasswordBearer(tokenUrl="/token")


async def session() -> AsyncIterator[AsyncSession]:
    async with Session() as opened:
        yield opened


Db = Annotated[AsyncSession, Depends(session)]


async def person(token: Annotated[str, Depends(bearer)], db: Db) -> User:
    """Return the user of a token; 401 when it is unknown or expired."""
    owner = select(User).join(AccessToken).where(AccessToken.token == token, AccessToken.expires > datetime.now(UTC))
    found = await db.scalar(owner)
    if found is None or not found.is_active:
        raise HTTPException(401, "Invalid token", {"WWW-Authenticate": "Bearer"})
    return found


guarded = [Depends(person)]
WHOLE = (selectinload(Invoice.items), selectinload(Invoice.tags))


def found_by(invoices: Select[Any], text: str) -> Select[Any]:
    """Filter invoices whose number, patient or item contains every word."""
    invoices = invoices.join(Invoice.patient)
    for word in text.split():
        like = f"%{word}%"
        columns = (
            Invoice.reg_number, Patient.given_name, Patient.family_name, Patient.record_number, Patient.phone,
            Patient.email,
        )  # fmt: skip
        described = exists().where(Item.invoice_id == Invoice.id, Item.description.ilike(like))
        invoices = invoices.where(or_(*(column.ilike(like) for column in columns), described))
    return invoices


@app.get("/invoice", dependencies=guarded)
@app.get("/invoice/", dependencies=guarded)
async def invoices(
    db: Db,
    limit: Annotated[int, Query(ge=0, le=500)] = 100,
    offset: Annotated[int, Query(ge=0)] = 0,
    order_by: str = "created_at",
    search: str = "",
    tags: Annotated[list[str] | None, Query()] = None,
    patient_id: uuid.UUID | None = None,
    appointment_id: uuid.UUID | None = None,
    status: Annotated[list[str] | None, Query()] = None,
) -> Page:
    wanted = select(Invoice)
    if search:
        wanted = found_by(wanted, search)
    if tags:
        wanted = wanted.where(Invoice.tags.any(Tag.name.in_(tags)))
    if patient_id:
        wanted = wanted.where(Invoice.patient_id == patient_id)
    if appointment_id:
        wanted = wanted.where(Invoice.appointment_id == appointment_id)
    if status:
        wanted = wanted.where(Invoice.status.in_(status))
    total = await db.scalar(select(func.count()).select_from(wanted.with_only_columns(Invoice.id).subquery()))
    column = getattr(Invoice, order_by.removeprefix("-"), None)
    if column is None:
        raise HTTPException(400, "Unknown order")
    order = column.desc() if order_by.startswith("-") else column
    rows = await db.scalars(wanted.options(*WHOLE).order_by(order, Invoice.id).limit(limit).offset(offset))
    return Page(total=total, offset=offset, limit=limit, data=rows.all())


@app.get("/invoice/{key}", dependencies=guarded)
async def invoice(key: uuid.UUID, db: Db) -> InvoiceOut:
    return await _found(db, key)


@app.post("/invoice", status_code=201, dependencies=guarded)
@app.post("/invoice/", status_code=201, dependencies=guarded)
async def create(body: InvoiceIn, db: Db) -> InvoiceOut:
    await _check_patient(db, body.patient_id)
    made = Invoice(reg_number=f"DRAFT-{uuid.uuid4().hex[:10].upper()}", **_columns(body))
    made.paid_amount = made.discount_amount * 0
    made.items = _items({}, body.items)
    made.tags = await _tags(db, body.tags)
    add_up(made, made.items)
    db.add(made)
    await db.commit()
    return made


@app.put("/invoice/{key}", dependencies=guarded)
async def update(key: uuid.UUID, body: InvoiceIn, db: Db) -> InvoiceOut:
    changed = await _found(db, key, locked=True)
    if changed.status != "DRAFT":
        raise HTTPException(400, "Only a draft can be changed")
    if changed.patient_id != body.patient_id:
        await _check_patient(db, body.patient_id)
    for name, value in _columns(body).items():
        setattr(changed, name, value)
    changed.items = _items({item.id: item for item in changed.items}, body.items)
    changed.tags = await _tags(db, body.tags)
    add_up(changed, changed.items)
    await db.commit()
    return changed


@app.post("/invoice/{key}/payments", status_code=201, dependencies=guarded)
async def pay(key: uuid.UUID, body: PaymentIn, db: Db) -> PaymentOut:
    paid = await db.scalar(select(Invoice).where(Invoice.id == key).with_for_update())
    if paid is None:
        raise HTTPException(404, "Not found")
    if paid.status not in ("ISSUED", "PARTIALY_PAID") or body.amount > paid.remaining_amount:
        raise HTTPException(400, "This cannot be paid")
    paid.paid_amount += body.amount
    paid.remaining_amount -= body.amount
    paid.status = "PARTIALY_PAID" if paid.remaining_amount else "PAID"
    payment = Payment(invoice_id=key, **body.model_dump())
    db.add(payment)
    await db.commit()
    return payment


async def _found(db: AsyncSession, key: uuid.UUID, *, locked: bool = False) -> Invoice:
    wanted = select(Invoice).where(Invoice.id == key).options(*WHOLE)
    found = await db.scalar(wanted.with_for_update() if locked else wanted)
    if found is None:
        raise HTTPException(404, "Not found")
    return found


async def _check_patient(db: AsyncSession, key: uuid.UUID) -> None:
    if await db.scalar(select(Patient.id).where(Patient.id == key)) is None:
        raise HTTPException(400, "There is no such patient")


async def _tags(db: AsyncSession, names: Iterable[str]) -> list[Tag]:
    names = list(names)
    return list(await db.scalars(select(Tag).where(Tag.name.in_(names)))) if names else []


def _columns(body: InvoiceIn) -> dict[str, Any]:
    return body.model_dump(exclude={"items", "tags"})


def _items(known: dict[uuid.UUID, Item], lines: Iterable[ItemIn]) -> list[Item]:
    """Return the items in their new order; those with an id are matched."""
    items = []
    for place, line in enumerate(lines, start=1):
        item = known.get(line.id) or Item() if line.id else Item()
        for name, value in line.model_dump(exclude={"id"}).items():
            setattr(item, name, value)
        item.position = place
        items.append(item)
    return items
