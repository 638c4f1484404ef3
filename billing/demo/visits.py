"""Visits of the demo: appointments in free slots of practitioners, with the items charged for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from billing.demo.opening_hours import SLOT, open_from, slots, time_on
from billing.demo.patients import random_id
from billing.demo.price_list import DEPARTMENTS, MISSED, VisitType
from billing.models import Service
from clinic.domain.dates import local_date
from patients.models import Appointment, AppointmentStatus, Patient

KILOMETRES = "GP-04"


@dataclass(slots=True)
class Visit:
    """An appointment with the items that are charged for it.

    `at` is the time of billing, after the appointment; `rng` decides what happens next.
    """

    patient: Patient
    appointment: Appointment
    at: datetime
    items: list[dict[str, Any]]
    rng: Random
    tags: list[str] = field(default_factory=list)

    def mark_missed(self, price_list: Mapping[str, Service]) -> None:
        """Make it a missed appointment: only the fee for that is charged."""
        self.appointment.status = AppointmentStatus.NO_SHOW
        self.items = [{"service": price_list[MISSED], "service_date": local_date(self.appointment.starts_at)}]


class VisitPlanner:
    """Plans visits in free slots and chooses the items charged for them."""

    def __init__(self, rng: Random, price_list: Mapping[str, Service]) -> None:
        self._rng = rng
        self._price_list = price_list
        self._taken: set[tuple[str, datetime]] = set()

    def visit(self, patient: Patient, day: date) -> Visit:
        """Return a visit on that day, or on the last open day before it."""
        rng = Random(self._rng.getrandbits(64))  # noqa: S311  # made-up data
        department = rng.choices(list(DEPARTMENTS.values()), [each.share for each in DEPARTMENTS.values()])[0]
        visit_type = rng.choice(department.visit_types)
        practitioner = rng.choice(department.practitioners)
        starts_at = self._free_slot(practitioner, open_from(day, -1), rng)
        booked_at = time_on(local_date(starts_at) - timedelta(days=rng.randrange(1, 21)), rng)
        appointment = Appointment(
            id=random_id(rng),
            patient=patient,
            starts_at=starts_at,
            ends_at=starts_at + SLOT,
            practitioner=practitioner,
            reason=visit_type.reason,
            status=AppointmentStatus.COMPLETED,
            created_at=min(booked_at, starts_at - SLOT),
        )
        at = starts_at + SLOT + timedelta(seconds=rng.randrange(240))
        return Visit(patient, appointment, at, self._charged(visit_type, local_date(starts_at), rng), rng)

    def _free_slot(self, practitioner: str, day: date, rng: Random) -> datetime:
        """Return a free slot of the practitioner on that day; any slot if none is free."""
        every = slots(day)
        free = [slot for slot in every if (practitioner, slot) not in self._taken]
        slot = rng.choice(free or every)
        self._taken.add((practitioner, slot))
        return slot

    def _charged(self, visit_type: VisitType, day: date, rng: Random) -> list[dict[str, Any]]:
        codes = dict.fromkeys(visit_type.always, 1)
        for code, chance, max_quantity in visit_type.sometimes:
            if rng.random() < chance:
                codes[code] = codes.get(code, 0) + rng.randint(1, max_quantity)
        return [self._item(code, quantity, day, rng) for code, quantity in codes.items()]

    def _item(self, code: str, quantity: int, day: date, rng: Random) -> dict[str, Any]:
        number = Decimal(rng.randrange(15, 240)) / 10 if code == KILOMETRES else Decimal(quantity)
        item = {"service": self._price_list[code], "quantity": number, "service_date": day}
        if rng.random() < 0.03:
            item["discount_percent"] = Decimal(rng.choice((5, 10)))
        return item
