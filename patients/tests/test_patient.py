"""Who a patient is: their number, their name, and the patient whom they turned out to be."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError

from clinic.testing import NOON
from patients.models import MergeRefused, Patient, RecordNumberTaken
from patients.tests.factories import AppointmentFactory, PatientFactory

pytestmark = pytest.mark.django_db


class TestRecordNumber:
    def test_is_drawn_when_there_is_none(self):
        drawn = [PatientFactory(record_number=given).record_number for given in ("", "  ", "")]

        assert drawn == ["P-000001", "P-000002", "P-000003"]

    def test_is_the_one_that_the_clinic_gave(self):
        assert PatientFactory(record_number=" 4711 ").record_number == "4711"

    def test_is_not_drawn_when_a_patient_has_it(self):
        PatientFactory(record_number="p-000001")

        assert PatientFactory().record_number == "P-000002"

    def test_stands_for_one_patient_whatever_its_case(self):
        PatientFactory(record_number="a-1")

        with pytest.raises(RecordNumberTaken):
            Patient.objects.register(family_name="Kim", record_number="A-1")

    def test_stands_for_one_patient_in_the_database_too(self):
        PatientFactory(record_number="a-1")

        with pytest.raises(IntegrityError), transaction.atomic():
            PatientFactory(record_number="A-1")

    def test_stays_when_the_patient_is_saved_again(self):
        patient = PatientFactory()
        patient.save()

        assert Patient.objects.get().record_number == "P-000001"


class TestName:
    def test_is_given_name_and_family_name(self):
        assert PatientFactory.build(given_name="Ana", family_name="Kim").full_name == "Ana Kim"

    def test_may_be_a_single_one(self):
        assert PatientFactory(given_name="", family_name="Sukarno").full_name == "Sukarno"

    def test_of_letters_that_unfold_into_many_can_be_stored(self):
        assert len(PatientFactory(given_name="ﷺ" * 100, family_name="ﷺ" * 100).sort_name) == 420

    def test_is_not_empty(self):
        with pytest.raises(IntegrityError), transaction.atomic():
            PatientFactory(given_name="", family_name="")


class TestMerge:
    def test_makes_one_account_of_two_patients(self, supervisor):
        twin, survivor = PatientFactory(), PatientFactory()

        twin.merge_into(survivor, by=supervisor, at=NOON)

        assert twin.account_root == survivor
        assert set(Patient.objects.account_of(twin.pk)) == {twin.pk, survivor.pk}
        assert Patient.objects.account_of(survivor.pk) == Patient.objects.account_of(twin.pk)
        assert (twin.merged_by, twin.merged_at) == (supervisor, NOON)

    def test_takes_along_who_was_merged_before(self, supervisor):
        first, second, third = PatientFactory(), PatientFactory(), PatientFactory()
        first.merge_into(second, by=supervisor, at=NOON)

        second.merge_into(third, by=supervisor, at=NOON)

        first.refresh_from_db()
        assert first.merged_into == third
        assert len(Patient.objects.account_of(first.pk)) == 3

    def test_moves_nothing_else(self, supervisor):
        appointment = AppointmentFactory()
        patient = appointment.patient

        patient.merge_into(PatientFactory(), by=supervisor, at=NOON)

        appointment.refresh_from_db()
        assert appointment.patient == patient
        assert patient.active

    def test_repeated_changes_nothing(self, supervisor, staff_user):
        survivor = PatientFactory()
        twin = PatientFactory(merged__into=survivor)
        before = Patient.objects.filter(pk=twin.pk).values().get()

        twin.merge_into(survivor, by=staff_user, at=NOON)

        assert Patient.objects.filter(pk=twin.pk).values().get() == before

    def test_into_oneself_is_refused(self, supervisor):
        patient = PatientFactory()

        with pytest.raises(MergeRefused):
            patient.merge_into(patient, by=supervisor, at=NOON)

    def test_in_a_circle_is_refused(self, supervisor):
        survivor = PatientFactory()
        twin = PatientFactory(merged__into=survivor)

        with pytest.raises(MergeRefused):
            survivor.merge_into(twin, by=supervisor, at=NOON)

    def test_into_somebody_who_was_merged_names_the_survivor(self, supervisor):
        survivor = PatientFactory()
        twin = PatientFactory(merged__into=survivor)

        with pytest.raises(MergeRefused) as refusal:
            PatientFactory().merge_into(twin, by=supervisor, at=NOON)

        assert refusal.value.members == {"merged_into": str(survivor.pk)}

    def test_a_second_time_into_somebody_else_is_refused(self, supervisor):
        twin = PatientFactory(merged__into=PatientFactory())

        with pytest.raises(MergeRefused):
            twin.merge_into(PatientFactory(), by=supervisor, at=NOON)

    def test_into_oneself_is_refused_by_the_database(self, supervisor):
        PatientFactory()

        with pytest.raises(IntegrityError), transaction.atomic():
            Patient.objects.update(merged_into=F("id"), merged_at=NOON)

    def test_keeps_accounts_of_others_apart(self, supervisor):
        alone = PatientFactory()
        PatientFactory(merged__into=PatientFactory())

        assert Patient.objects.account_of(alone.pk) == [alone.pk]
        assert Patient.objects.account_of() == []

    def test_is_followed_in_one_statement(self, supervisor, django_assert_num_queries):
        ids = [PatientFactory(merged__into=PatientFactory()).pk for _ in range(3)]

        with django_assert_num_queries(1):
            assert len(Patient.objects.account_of(*ids)) == 6


class TestLikelyDuplicates:
    @pytest.fixture
    def maria(self):
        return PatientFactory(
            given_name="María", family_name="Núñez", birth_date="1980-02-01", phone="+34 600-1", email="m@example.org"
        )

    @pytest.mark.parametrize(
        "shared", [{"birth_date": "1980-02-01"}, {"phone": "0034 (600) 1"[2:]}, {"email": "M@Example.org"}]
    )
    def test_share_the_name_and_something_else(self, maria, shared):
        other = {"birth_date": None, "phone": "", "email": "", **shared}
        twin = PatientFactory(given_name="Maria", family_name="NUNEZ", **other)
        twin.refresh_from_db()

        assert twin.likely_duplicates() == [maria]

    def test_do_not_only_share_a_name(self, maria):
        namesake = PatientFactory(given_name="María", family_name="Núñez", birth_date=None, phone="", email="")

        assert namesake.likely_duplicates() == []

    def test_do_not_only_share_an_address(self, maria):
        sibling = PatientFactory(given_name="Ana", family_name="Núñez", email="m@example.org", phone="+34 600-1")

        assert sibling.likely_duplicates() == []

    def test_are_not_those_who_were_merged(self, maria):
        twin = PatientFactory(given_name="María", family_name="Núñez", email="m@example.org", merged__into=maria)

        assert twin.likely_duplicates() == []
        assert maria.likely_duplicates() == []


class TestDeletion:
    def test_of_a_patient_with_an_appointment_is_refused(self):
        appointment = AppointmentFactory()

        with pytest.raises(ProtectedError):
            appointment.patient.delete()
