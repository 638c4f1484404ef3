"""The demo's eighteen months: who comes when, and in which order all of it is written into the books."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random

from django.contrib.auth.models import User
from django.db import transaction

from billing.demo.agenda import Agenda, Episode
from billing.demo.cast import drawn_id, patients, registered, registered_again
from billing.demo.desk import Desk
from billing.demo.diary import Diary, Visit
from billing.demo.hours import is_open, moment_on, open_from
from billing.demo.logins import make_client, make_logins
from billing.demo.ordinary import OUTCOMES
from billing.demo.price_list import DEPARTMENTS, TAGS, prices
from billing.demo.set_pieces import LOGIN, Piece, Pieces
from billing.models import Service, Tag
from clinic.domain.dates import start_of_day
from patients.models import AppointmentStatus, Patient

DAYS = 548
Entry = tuple[datetime, Episode]


@transaction.atomic
def fill(*, invoices: int, seed: int, until: date, on_invoice: Callable[[], None] = lambda: None) -> None:
    """Write the books of a clinic that opened eighteen months before `until`, through the evening before that day.

    All of it or nothing. The same seed and day give the same books. `on_invoice` is called for each invoice.
    """
    users = make_logins()
    make_client()
    clinic = Clinic(seed, until, users, on_invoice)
    clinic.plan(invoices)
    clinic.open()


class Clinic:
    """A clinic that is planned on paper first, then let happen in the order of time."""

    def __init__(self, seed: int, until: date, users: Mapping[str, User], on_invoice: Callable[[], None]) -> None:
        self.rng = Random(seed)  # noqa: S311  # made-up data, the same for the same seed
        self.until = until
        self.opening = until - timedelta(days=DAYS)
        self.desk = Desk(users, on_invoice)
        self.login = users[LOGIN]
        self.price_list = open_price_list(self.rng, start_of_day(self.opening))
        self.diary = Diary(self.rng, self.price_list)
        self.strangers = patients(self.rng, until=until)
        self.visits: list[Visit] = []
        self.entries: list[Entry] = []

    def plan(self, invoices: int) -> None:
        """Decide who comes, and what becomes of it: exactly so many invoices."""
        left = invoices
        roles: dict[str, Patient] = {}
        for piece in self._pieces(invoices):
            if piece.invoices <= left:
                left -= piece.invoices
                self._stage(piece, roles)
        if LOGIN in roles:
            roles[LOGIN].login = self.login
        regulars = [next(self.strangers) for _ in range(max(6, left * 2 // 5))]
        for _ in range(left):
            self._come(self._one_of(regulars))
        self._book_ahead([*regulars, *roles.values()], max(3, invoices // 40))

    def open(self) -> None:
        """Register the patients, enter the appointments, and let everything happen."""
        first_seen: dict[Patient, datetime] = {}
        for visit in sorted(self.visits, key=lambda each: each.appointment.created_at):
            first_seen.setdefault(visit.patient, visit.appointment.created_at)
        for patient, at in first_seen.items():
            registered(patient, at)
        for visit in self.visits:
            visit.appointment.save(force_insert=True)
        agenda = Agenda(end=start_of_day(self.until))
        for at, episode in self.entries:
            agenda.enter(at, episode)
        agenda.run()

    def _pieces(self, invoices: int) -> Iterator[Piece]:
        """What is shown for certain; of the corrections, which ordinary visits do not make, more in larger books."""
        pieces = Pieces(self.until)
        yield from pieces.all()
        for _ in range(invoices // 250):
            yield Piece((self.rng.randrange(30, DAYS),), pieces.corrected, corrections=1)

    def _stage(self, piece: Piece, roles: dict[str, Patient]) -> None:
        patient = roles.get(piece.role) or next(self.strangers)
        if piece.registered_again:
            survivor, patient = patient, registered_again(patient, self.rng)
            self.entries.append(self._merged(patient, survivor))
        elif piece.role:
            roles[piece.role] = patient
        visits = [self.diary.visit(patient, self.until - timedelta(days=days)) for days in piece.visits]
        self.visits += visits
        self.entries.append((visits[0].at, piece.play(self.desk, *visits)))

    def _merged(self, patient: Patient, survivor: Patient) -> Entry:
        at = moment_on(open_from(self.until - timedelta(days=20), -1), self.rng)

        def noticed() -> Episode:
            patient.merge_into(survivor, by=self.desk.supervisor, at=at)
            yield from ()

        return at, noticed()

    def _come(self, patient: Patient) -> None:
        visit = self.diary.visit(patient, self.opening + timedelta(days=self.rng.randrange(3, DAYS)))
        outcome = self.rng.choices(OUTCOMES, [each.share for each in OUTCOMES])[0]
        if outcome.is_missed:
            visit.missed(self.price_list)
        elif self.rng.random() < 0.1:
            visit.tags.append(self.rng.choice(TAGS))
        self.visits.append(visit)
        self.entries.append((visit.at, outcome.play(self.desk, visit)))

    def _one_of(self, regulars: list[Patient]) -> Patient:
        """Some come often, most now and then."""
        return regulars[int(len(regulars) * self.rng.random() ** 1.6)]

    def _book_ahead(self, known: list[Patient], number: int) -> None:
        """Appointments of the coming two weeks, and some that were cancelled: nothing is charged for these."""
        for index in range(number):
            is_ahead = index % 3 != 2
            day = self.until + timedelta(days=self.rng.randrange(14) if is_ahead else -self.rng.randrange(1, 90))
            while not is_open(day):
                day += timedelta(days=1 if is_ahead else -1)
            visit = self.diary.visit(self.rng.choice(known), day)
            appointment = visit.appointment
            booked = moment_on(open_from(self.until - timedelta(days=self.rng.randrange(1, 15)), -1), self.rng)
            appointment.status = AppointmentStatus.SCHEDULED if is_ahead else AppointmentStatus.CANCELLED
            appointment.created_at = min(booked, appointment.created_at)
            self.visits.append(visit)


def open_price_list(rng: Random, at: datetime) -> dict[str, Service]:
    """The price list by code, and the tags, as they were entered before the first patient came."""
    Tag.objects.named(TAGS)
    services = {}
    for price in prices():
        service = Service(
            id=drawn_id(rng),
            created_at=at,
            updated_at=at,
            category=DEPARTMENTS[price.code[:2]].category,
            **price._asdict(),
        )
        service.save(force_insert=True)
        services[price.code] = service
    return services
