"""Who comes when, to whom and what for: the demo's visits, each in a free slot of somebody who works there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from billing.demo.cast import drawn_id
from billing.demo.hours import SLOT, moment_on, open_from, slots
from billing.demo.price_list import DEPARTMENTS, MISSED, Occasion
from billing.models import Service
from clinic.domain.dates import local_date
from patients.models import Appointment, AppointmentStatus, Patient

KILOMETRES = "GP-04"


@dataclass(slots=True)
class Visit:
    """Somebody's time at the clinic, with what is charged for it.

    `at` is when the patient stands at the desk afterwards; `rng` decides what becomes of it.
    """

    patient: Patient
    appointment: Appointment
    at: datetime
    items: list[dict[str, Any]]
    rng: Random
    tags: list[str] = field(default_factory=list)

    def missed(self, price_list: Mapping[str, Service]) -> None:
        """The patient did not come; that alone is charged."""
        self.appointment.status = AppointmentStatus.NO_SHOW
        self.items = [{"service": price_list[MISSED], "service_date": local_date(self.appointment.starts_at)}]


class Diary:
    """The slots that are taken, and what is charged for what happens in them."""

    def __init__(self, rng: Random, price_list: Mapping[str, Service]) -> None:
        self._rng = rng
        self._price_list = price_list
        self._taken: set[tuple[str, datetime]] = set()

    def visit(self, patient: Patient, day: date, rng: Random | None = None) -> Visit:
        """A visit on that day, or on the last open one before it."""
        rng = rng or Random(self._rng.getrandbits(64))  # noqa: S311  # made-up data
        department = rng.choices(list(DEPARTMENTS.values()), [each.share for each in DEPARTMENTS.values()])[0]
        occasion = rng.choice(department.occasions)
        practitioner = rng.choice(department.practitioners)
        starts_at = self._free_slot(practitioner, open_from(day, -1), rng)
        booked_at = moment_on(local_date(starts_at) - timedelta(days=rng.randrange(1, 21)), rng)
        appointment = Appointment(
            id=drawn_id(rng),
            patient=patient,
            starts_at=starts_at,
            ends_at=starts_at + SLOT,
            practitioner=practitioner,
            reason=occasion.reason,
            status=AppointmentStatus.COMPLETED,
            created_at=min(booked_at, starts_at - SLOT),
        )
        at = starts_at + SLOT + timedelta(seconds=rng.randrange(240))
        return Visit(patient, appointment, at, self._charged(occasion, local_date(starts_at), rng), rng)

    def _free_slot(self, practitioner: str, day: date, rng: Random) -> datetime:
        """A slot of that day in which the practitioner is free; any, when the day is full."""
        every = slots(day)
        free = [slot for slot in every if (practitioner, slot) not in self._taken]
        slot = rng.choice(free or every)
        self._taken.add((practitioner, slot))
        return slot

    def _charged(self, occasion: Occasion, day: date, rng: Random) -> list[dict[str, Any]]:
        codes = dict.fromkeys(occasion.always, 1)
        for code, chance, most in occasion.sometimes:
            if rng.random() < chance:
                codes[code] = codes.get(code, 0) + rng.randint(1, most)
        return [self._item(code, quantity, day, rng) for code, quantity in codes.items()]

    def _item(self, code: str, quantity: int, day: date, rng: Random) -> dict[str, Any]:
        many = Decimal(rng.randrange(15, 240)) / 10 if code == KILOMETRES else Decimal(quantity)
        item = {"service": self._price_list[code], "quantity": many, "service_date": day}
        if rng.random() < 0.03:
            item["discount_percent"] = Decimal(rng.choice((5, 10)))
        return item
