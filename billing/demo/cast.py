"""Who comes to the demo's clinic: patients with names, ages, addresses and languages that go together."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from billing.demo.names import PHONES, STREETS, TONGUES, TOWNS
from clinic.db.search import normalise
from patients.models import Patient


def drawn_id(rng: Random) -> UUID:
    """A random id that the seed decides."""
    return UUID(int=rng.getrandbits(128), version=4)


def patients(rng: Random, *, until: date) -> Iterator[Patient]:
    """Patients without end, not yet saved; a name that came before comes with another birth date."""
    shares = [tongue.share for tongue in TONGUES]
    number = 0
    while True:
        number += 1
        tongue = rng.choices(TONGUES, shares)[0]
        is_woman = rng.random() < 0.54
        given = rng.choice(tongue.women if is_woman else tongue.men)
        family = rng.choice(tongue.families)[0 if is_woman else 1]
        yield Patient(
            id=drawn_id(rng),
            given_name=given,
            family_name=family,
            birth_date=until - timedelta(days=rng.randrange(3 * 365, 92 * 365)),
            phone=rng.choice(PHONES).format(rng.randrange(1000)) if rng.random() < 0.9 else "",
            email=_email(given, family, number) if rng.random() < 0.75 else "",
            address=f"{rng.choice(STREETS)} {rng.randrange(1, 120)}\n{rng.choice(TOWNS)}",
            language=tongue.language if rng.random() < 0.6 else "de",
        )


def registered(patient: Patient, at: datetime) -> Patient:
    """The patient as the desk saved them at that moment; the record number follows the one before."""
    patient.created_at = at
    patient.save(force_insert=True)
    return patient


def registered_again(patient: Patient, rng: Random) -> Patient:
    """The same person as another desk wrote them down: without the accents, the address and the e-mail."""
    given, family = (normalise(name).title() for name in (patient.given_name, patient.family_name))
    return Patient(
        id=drawn_id(rng), given_name=given, family_name=family, birth_date=patient.birth_date, phone=patient.phone
    )


def _email(given: str, family: str, number: int) -> str:
    bare = [normalise(part).replace(" ", "").replace("’", "") for part in (given, family)]
    name = ".".join(bare)
    return f"{name if name.isascii() else 'post'}.{number}@example.org"
