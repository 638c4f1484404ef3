"""Random patients of the demo, with names, ages, addresses and languages that go together."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from billing.demo.names import LANGUAGES, PHONES, STREETS, TOWNS
from clinic.domain.text import comparison_key
from patients.models import Patient


def random_id(rng: Random) -> UUID:
    """Return a random id that depends on the seed."""
    return UUID(int=rng.getrandbits(128), version=4)


def random_patients(rng: Random, *, until: date) -> Iterator[Patient]:
    """Yield unsaved patients without end; a repeated name has another birth date."""
    shares = [names.share for names in LANGUAGES]
    number = 0
    while True:
        number += 1
        names = rng.choices(LANGUAGES, shares)[0]
        is_woman = rng.random() < 0.54
        given = rng.choice(names.women if is_woman else names.men)
        family = rng.choice(names.families)[0 if is_woman else 1]
        yield Patient(
            id=random_id(rng),
            given_name=given,
            family_name=family,
            birth_date=until - timedelta(days=rng.randrange(3 * 365, 92 * 365)),
            phone=rng.choice(PHONES).format(rng.randrange(1000)) if rng.random() < 0.9 else "",
            email=_email(given, family, number) if rng.random() < 0.75 else "",
            address=f"{rng.choice(STREETS)} {rng.randrange(1, 120)}\n{rng.choice(TOWNS)}",
            language=names.language if rng.random() < 0.6 else "de",
        )


def register(patient: Patient, at: datetime) -> Patient:
    """Save the patient as created at that time; the record number follows the one before."""
    patient.created_at = at
    patient.save(force_insert=True)
    return patient


def duplicate_of(patient: Patient, rng: Random) -> Patient:
    """Return a second record of the same person, without accents, address and e-mail."""
    given, family = (comparison_key(name).title() for name in (patient.given_name, patient.family_name))
    return Patient(
        id=random_id(rng), given_name=given, family_name=family, birth_date=patient.birth_date, phone=patient.phone
    )


def _email(given: str, family: str, number: int) -> str:
    bare = [comparison_key(part).replace(" ", "").replace("'", "") for part in (given, family)]
    name = ".".join(bare)
    return f"{name if name.isascii() else 'post'}.{number}@example.org"
