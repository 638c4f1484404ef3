"""Plan eighteen months of a made-up clinic and write them into the books."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random

from django.contrib.auth.models import User
from django.db import transaction

from billing.demo.fixed_scenarios import EXAMPLE_IDS, LOGIN, FixedScenario, FixedScenarios
from billing.demo.logins import make_client, make_logins
from billing.demo.opening_hours import is_open, open_from, time_on
from billing.demo.patients import duplicate_of, random_id, random_patients, register
from billing.demo.price_list import DEPARTMENTS, TAGS, prices
from billing.demo.random_scenarios import RANDOM_SCENARIOS
from billing.demo.scheduler import Scenario, Scheduler
from billing.demo.staff_actions import Staff
from billing.demo.visits import Visit, VisitPlanner
from billing.models import Service, Tag
from clinic.domain.dates import start_of_day
from patients.models import AppointmentStatus, Patient

DAYS = 548
Entry = tuple[datetime, Scenario]


@transaction.atomic
def fill_books(*, invoices: int, seed: int, until: date, on_invoice: Callable[[], None] = lambda: None) -> None:
    """Write the books of a clinic that opened eighteen months before `until`, through the evening before that day.

    All of it or nothing. The same seed and day give the same books. `on_invoice` is called for each invoice.
    """
    users = make_logins()
    make_client()
    clinic = Clinic(seed, until, users, on_invoice)
    clinic.plan(invoices)
    clinic.write()


class Clinic:
    """A clinic whose visits and invoices are planned first, then written in the order of time."""

    def __init__(self, seed: int, until: date, users: Mapping[str, User], on_invoice: Callable[[], None]) -> None:
        self.rng = Random(seed)  # noqa: S311  # made-up data, the same for the same seed
        self.until = until
        self.opening = until - timedelta(days=DAYS)
        self.staff = Staff(users, on_invoice)
        self.login = users[LOGIN]
        self.price_list = create_price_list(self.rng, start_of_day(self.opening))
        self.planner = VisitPlanner(self.rng, self.price_list)
        self.new_patients = random_patients(self.rng, until=until)
        self.visits: list[Visit] = []
        self.entries: list[Entry] = []

    def plan(self, invoices: int) -> None:
        """Plan the visits and scenarios of exactly so many invoices."""
        left = invoices
        roles: dict[str, Patient] = {}
        for scenario in self._fixed_scenarios(invoices):
            if scenario.invoices <= left:
                left -= scenario.invoices
                self._add_fixed(scenario, roles)
        if LOGIN in roles:
            roles[LOGIN].login = self.login
        regulars = [next(self.new_patients) for _ in range(max(6, left * 2 // 5))]
        for _ in range(left):
            self._add_random(self._choose_regular(regulars))
        self._add_unbilled_appointments([*regulars, *roles.values()], max(3, invoices // 40))

    def write(self) -> None:
        """Save the patients and the appointments, and run all scenarios."""
        first_seen: dict[Patient, datetime] = {}
        for visit in sorted(self.visits, key=lambda each: each.appointment.created_at):
            first_seen.setdefault(visit.patient, visit.appointment.created_at)
        for patient, at in first_seen.items():
            register(patient, at)
        for visit in self.visits:
            visit.appointment.save(force_insert=True)
        scheduler = Scheduler(end=start_of_day(self.until))
        for at, scenario in self.entries:
            scheduler.schedule(at, scenario)
        scheduler.run()

    def _fixed_scenarios(self, invoices: int) -> Iterator[FixedScenario]:
        """Yield the fixed scenarios, with more corrections in larger books, as random scenarios contain none."""
        scenarios = FixedScenarios(self.until)
        yield from scenarios.all()
        for _ in range(invoices // 250):
            yield FixedScenario((self.rng.randrange(30, DAYS),), scenarios.corrected, corrections=1)

    def _add_fixed(self, scenario: FixedScenario, roles: dict[str, Patient]) -> None:
        patient = roles.get(scenario.role) or next(self.new_patients)
        is_example = scenario.role == LOGIN and LOGIN not in roles
        if is_example:
            patient.id = EXAMPLE_IDS["patient"]
        if scenario.is_duplicate:
            survivor, patient = patient, duplicate_of(patient, self.rng)
            self.entries.append(self._merge(patient, survivor))
        elif scenario.role:
            roles[scenario.role] = patient
        visits = [self.planner.visit(patient, self.until - timedelta(days=days)) for days in scenario.visits]
        if is_example:
            visits[0].appointment.id = EXAMPLE_IDS["appointment"]
        self.visits += visits
        self.entries.append((visits[0].at, scenario.play(self.staff, *visits)))

    def _merge(self, patient: Patient, survivor: Patient) -> Entry:
        at = time_on(open_from(self.until - timedelta(days=20), -1), self.rng)

        def merge() -> Scenario:
            patient.merge_into(survivor, by=self.staff.supervisor, at=at)
            yield from ()

        return at, merge()

    def _add_random(self, patient: Patient) -> None:
        visit = self.planner.visit(patient, self.opening + timedelta(days=self.rng.randrange(3, DAYS)))
        scenario = self.rng.choices(RANDOM_SCENARIOS, [each.share for each in RANDOM_SCENARIOS])[0]
        if scenario.is_missed:
            visit.mark_missed(self.price_list)
        elif self.rng.random() < 0.1:
            visit.tags.append(self.rng.choice(TAGS))
        self.visits.append(visit)
        self.entries.append((visit.at, scenario.play(self.staff, visit)))

    def _choose_regular(self, regulars: list[Patient]) -> Patient:
        """Return a random patient; some come often, most rarely."""
        return regulars[int(len(regulars) * self.rng.random() ** 1.6)]

    def _add_unbilled_appointments(self, known: list[Patient], number: int) -> None:
        """Add appointments of the next two weeks and cancelled ones, for which nothing is charged."""
        for index in range(number):
            is_ahead = index % 3 != 2
            day = self.until + timedelta(days=self.rng.randrange(14) if is_ahead else -self.rng.randrange(1, 90))
            while not is_open(day):
                day += timedelta(days=1 if is_ahead else -1)
            visit = self.planner.visit(self.rng.choice(known), day)
            appointment = visit.appointment
            booked = time_on(open_from(self.until - timedelta(days=self.rng.randrange(1, 15)), -1), self.rng)
            appointment.status = AppointmentStatus.SCHEDULED if is_ahead else AppointmentStatus.CANCELLED
            appointment.created_at = min(booked, appointment.created_at)
            self.visits.append(visit)


def create_price_list(rng: Random, at: datetime) -> dict[str, Service]:
    """Create the tags and the price list as of the opening day; return the services by code."""
    Tag.objects.get_or_create_named(TAGS)
    services: dict[str, Service] = {}
    for price in prices():
        service = Service(
            id=random_id(rng) if services else EXAMPLE_IDS["service"],
            created_at=at,
            updated_at=at,
            category=DEPARTMENTS[price.code[:2]].category,
            **price._asdict(),
        )
        service.save(force_insert=True)
        services[price.code] = service
    return services
