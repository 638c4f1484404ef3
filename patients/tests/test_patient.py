"""Patient: record number, name, merge, likely duplicates."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError

from clinic.testing import NOON
from patients.models import MergeRefused, Patient, RecordNumberTaken
from patients.tests.factories import AppointmentFactory, PatientFactory

pytestmark = pytest.mark.django_db


def test_record_number_is_assigned_if_there_is_none():
    assigned = [PatientFactory(record_number=given).record_number for given in ("", "  ", "")]

    assert assigned == ["P-000001", "P-000002", "P-000003"]


def test_given_record_number_is_kept_without_blanks():
    assert PatientFactory(record_number=" 4711 ").record_number == "4711"


def test_assigned_record_number_skips_one_in_use():
    PatientFactory(record_number="p-000001")

    assert PatientFactory().record_number == "P-000002"


def test_number_past_many_imported_ones_is_found_in_few_queries(django_assert_max_num_queries):
    numbers = [f"P-{number:06d}" for number in range(1, 1001)]
    Patient.objects.bulk_create(
        Patient(family_name="Kim", record_number=number, record_key=number.lower()) for number in numbers
    )

    with django_assert_max_num_queries(100):
        first, second = (Patient.objects.register(family_name="Kim").record_number for _ in range(2))

    assert numbers[-1] < first < second


def test_record_number_in_use_is_refused_whatever_its_case():
    PatientFactory(record_number="a-1")

    with pytest.raises(RecordNumberTaken):
        Patient.objects.register(family_name="Kim", record_number="A-1")


def test_record_number_in_use_is_refused_by_the_database():
    PatientFactory(record_number="a-1")

    with pytest.raises(IntegrityError), transaction.atomic():
        PatientFactory(record_number="A-1")


def test_record_number_stays_when_the_patient_is_saved_again():
    patient = PatientFactory()
    patient.save()

    assert Patient.objects.get().record_number == "P-000001"


def test_full_name_is_given_name_and_family_name():
    assert PatientFactory.build(given_name="Ana", family_name="Kim").full_name == "Ana Kim"


def test_patient_may_have_a_single_name():
    assert PatientFactory(given_name="", family_name="Sukarno").full_name == "Sukarno"


def test_name_of_letters_that_become_several_can_be_stored():
    assert len(PatientFactory(given_name="ﷺ" * 100, family_name="ﷺ" * 100).sort_name) == 420


def test_patient_without_a_name_is_refused_by_the_database():
    with pytest.raises(IntegrityError), transaction.atomic():
        PatientFactory(given_name="", family_name="")


def test_merge_makes_one_account_of_two_patients(supervisor):
    duplicate, survivor = PatientFactory(), PatientFactory()

    duplicate.merge_into(survivor, by=supervisor, at=NOON)

    assert duplicate.account_root == survivor
    assert set(Patient.objects.account_of(duplicate.pk)) == {duplicate.pk, survivor.pk}
    assert Patient.objects.account_of(survivor.pk) == Patient.objects.account_of(duplicate.pk)
    assert (duplicate.merged_by, duplicate.merged_at) == (supervisor, NOON)


def test_merge_includes_patients_who_were_merged_before(supervisor):
    first, second, third = PatientFactory(), PatientFactory(), PatientFactory()
    first.merge_into(second, by=supervisor, at=NOON)

    second.merge_into(third, by=supervisor, at=NOON)

    first.refresh_from_db()
    assert first.merged_into == third
    assert len(Patient.objects.account_of(first.pk)) == 3


def test_merge_leaves_appointments_with_their_patient(supervisor):
    appointment = AppointmentFactory()
    patient = appointment.patient

    patient.merge_into(PatientFactory(), by=supervisor, at=NOON)

    appointment.refresh_from_db()
    assert appointment.patient == patient
    assert patient.active


def test_repeated_merge_changes_nothing(supervisor, staff_user):
    survivor = PatientFactory()
    duplicate = PatientFactory(merged__into=survivor)
    before = Patient.objects.filter(pk=duplicate.pk).values().get()

    duplicate.merge_into(survivor, by=staff_user, at=NOON)

    assert Patient.objects.filter(pk=duplicate.pk).values().get() == before


def test_merge_into_the_same_patient_is_refused(supervisor):
    patient = PatientFactory()

    with pytest.raises(MergeRefused):
        patient.merge_into(patient, by=supervisor, at=NOON)


def test_merge_in_a_circle_is_refused(supervisor):
    survivor = PatientFactory()
    duplicate = PatientFactory(merged__into=survivor)

    with pytest.raises(MergeRefused):
        survivor.merge_into(duplicate, by=supervisor, at=NOON)


def test_merge_into_a_merged_patient_is_refused_and_names_the_survivor(supervisor):
    survivor = PatientFactory()
    duplicate = PatientFactory(merged__into=survivor)

    with pytest.raises(MergeRefused) as refusal:
        PatientFactory().merge_into(duplicate, by=supervisor, at=NOON)

    assert refusal.value.members == {"merged_into": str(survivor.pk)}


def test_second_merge_into_another_patient_is_refused(supervisor):
    duplicate = PatientFactory(merged__into=PatientFactory())

    with pytest.raises(MergeRefused):
        duplicate.merge_into(PatientFactory(), by=supervisor, at=NOON)


def test_merge_into_the_same_patient_is_refused_by_the_database(supervisor):
    PatientFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        Patient.objects.update(merged_into=F("id"), merged_at=NOON)


def test_merge_does_not_change_other_accounts(supervisor):
    alone = PatientFactory()
    PatientFactory(merged__into=PatientFactory())

    assert Patient.objects.account_of(alone.pk) == [alone.pk]
    assert Patient.objects.account_of() == []


def test_accounts_of_merged_patients_are_found_with_one_query(supervisor, django_assert_num_queries):
    ids = [PatientFactory(merged__into=PatientFactory()).pk for _ in range(3)]

    with django_assert_num_queries(1):
        assert len(Patient.objects.account_of(*ids)) == 6


@pytest.fixture
def maria():
    return PatientFactory(
        given_name="María", family_name="Núñez", birth_date="1980-02-01", phone="+34 600-1", email="m@example.org"
    )


@pytest.mark.parametrize(
    "shared", [{"birth_date": "1980-02-01"}, {"phone": "0034 (600) 1"[2:]}, {"email": "M@Example.org"}]
)
def test_likely_duplicates_share_the_name_and_something_else(maria, shared):
    other = {"birth_date": None, "phone": "", "email": "", **shared}
    duplicate = PatientFactory(given_name="Maria", family_name="NUNEZ", **other)
    duplicate.refresh_from_db()

    assert duplicate.likely_duplicates() == [maria]


def test_patients_who_only_share_a_name_are_no_likely_duplicates(maria):
    namesake = PatientFactory(given_name="María", family_name="Núñez", birth_date=None, phone="", email="")

    assert namesake.likely_duplicates() == []


def test_patients_who_only_share_phone_and_email_are_no_likely_duplicates(maria):
    sibling = PatientFactory(given_name="Ana", family_name="Núñez", email="m@example.org", phone="+34 600-1")

    assert sibling.likely_duplicates() == []


def test_merged_patients_are_no_likely_duplicates(maria):
    duplicate = PatientFactory(given_name="María", family_name="Núñez", email="m@example.org", merged__into=maria)

    assert duplicate.likely_duplicates() == []
    assert maria.likely_duplicates() == []


def test_patient_with_an_appointment_cannot_be_deleted():
    appointment = AppointmentFactory()

    with pytest.raises(ProtectedError):
        appointment.patient.delete()
