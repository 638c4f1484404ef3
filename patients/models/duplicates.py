"""Patients who may be the same person as another one, of each account the one to merge with."""

from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from patients.models.patient import Patient


@dataclass(frozen=True, slots=True)
class LikelyDuplicate:
    """A patient of another account with the same name; `same` lists what else is equal: birth_date, email, phone."""

    patient: Patient
    same: tuple[str, ...]


def likely_duplicates(patient: Patient) -> list[LikelyDuplicate]:
    """Return the patients who may be the same person, of each account the one to merge with; at most two queries."""
    namesakes = patient.likely_duplicates()
    prefetch_related_objects(namesakes, "merged_into")
    survivors: dict[Patient, set[str]] = {}
    for namesake in namesakes:
        survivors.setdefault(namesake.account_root, set()).update(patient.shared_particulars(namesake))
    return [LikelyDuplicate(survivor, tuple(sorted(same))) for survivor, same in survivors.items()]
