"""Statements that are spelled once: what they read and write, and what they refuse."""

from datetime import date
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.db.transaction import TransactionManagementError

from clinic.db.compiled import CompiledQuery, CompiledQueryForKeys, insert, insert_all, make, update_all
from clinic.models import IdempotencyKey
from clinic.testing import NOON
from patients.models import Patient
from patients.tests.factories import PatientFactory

NAMESAKES = CompiledQuery(lambda key: Patient.objects.filter(pk=key).order_by("pk"))
LOCKED = CompiledQuery(lambda key: Patient.objects.filter(pk=key).select_for_update(no_key=True))


@pytest.mark.django_db
class TestAQueryThatIsSpelledOnce:
    def test_reads_whichever_row_it_is_asked_for(self):
        one, other = PatientFactory(), PatientFactory()

        read = [NAMESAKES.first(each.pk) for each in (one, other)]

        assert read == [one, other]
        assert [vars(each).keys() for each in read] == [vars(Patient.objects.get(pk=one.pk)).keys()] * 2
        assert [each.created_at for each in read] == [one.created_at, other.created_at]

    def test_of_nobody_reads_nothing(self):
        assert NAMESAKES.first(uuid4()) is None
        assert NAMESAKES.all(uuid4()) == []

    def test_leaves_out_columns_until_they_are_asked_for(self):
        patient = PatientFactory(phone="555 0100")

        read = CompiledQuery(lambda key: Patient.objects.filter(pk=key).only("given_name")).first(patient.pk)

        assert read.get_deferred_fields() >= {"phone"}
        assert read.phone == "555 0100"

    def test_reads_values(self):
        patient = PatientFactory(family_name="Ruiz")

        pairs = CompiledQuery(lambda key: Patient.objects.filter(pk=key).values_list("pk", "family_name"))
        names = CompiledQuery(lambda key: Patient.objects.filter(pk=key).values_list("family_name", flat=True))

        assert [tuple(row) for row in pairs.all(patient.pk)] == [(patient.pk, "Ruiz")]
        assert names.all(patient.pk) == ["Ruiz"]

    def test_reads_values_by_name(self):
        patient = PatientFactory(family_name="Ruiz")

        rows = CompiledQuery(lambda key: Patient.objects.filter(pk=key).values_list("pk", "family_name", named=True))

        assert [(row.pk, row.family_name) for row in rows.all(patient.pk)] == [(patient.pk, "Ruiz")]

    def test_reads_a_row_anew(self):
        patient = PatientFactory(phone="555 0100")
        Patient.objects.filter(pk=patient.pk).update(phone="555 0199")

        NAMESAKES.refresh(patient)

        assert patient.phone == "555 0199"

    def test_does_not_read_anew_what_is_gone(self):
        with pytest.raises(Patient.DoesNotExist):
            NAMESAKES.refresh(PatientFactory.build())


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestALock:
    def test_needs_a_transaction_around_it(self):
        patient = PatientFactory()

        with pytest.raises(TransactionManagementError):
            LOCKED.first(patient.pk)
        with transaction.atomic():
            assert LOCKED.first(patient.pk) == patient


@pytest.mark.django_db
class TestRows:
    def test_that_are_none_are_written_without_a_statement(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            insert_all([])
            update_all([], ["phone"])

    def test_that_are_not_there_are_not_updated(self):
        with pytest.raises(DatabaseError, match="not there"):
            update_all([PatientFactory(), PatientFactory.build()], ["phone"])

    def test_get_a_key_of_the_database_where_it_draws_it(self, django_user_model):
        person = django_user_model.objects.create_user("clerk")
        told = {"method": "POST", "path": "/invoice", "body_digest": "", "status": 201, "body": b"{}"}

        insert(IdempotencyKey(user=person, key="k", moved_money=False, created_at=NOON, **told))

        assert IdempotencyKey.objects.get(key="k").pk is not None


@pytest.fixture
def names():
    return CompiledQueryForKeys(
        lambda keys: Patient.objects.filter(pk__in=keys).order_by("family_name").values_list("pk", "family_name")
    )


@pytest.fixture
def patients(db):
    return [PatientFactory(family_name=name) for name in "ABCDE"]


class TestAQueryByManyKeys:
    @pytest.mark.parametrize("number", [1, 2, 3, 5])
    def test_gives_the_rows_of_any_number_of_ids(self, names, patients, number):
        chosen = patients[:number]

        for _ in range(2):  # the second time with the text of the first
            found = names.all([patient.pk for patient in reversed(chosen)])
            assert [tuple(row) for row in found] == [(patient.pk, patient.family_name) for patient in chosen]

    def test_costs_one_statement_and_none_for_no_id(self, names, patients, django_assert_num_queries):
        with django_assert_num_queries(1):
            names.all([patient.pk for patient in patients])
        with django_assert_num_queries(0):
            assert names.all([]) == []

    def test_takes_an_id_as_text_and_finds_nothing_for_one_that_nobody_has(self, names, patients):
        assert [tuple(row) for row in names.all([str(patients[2].pk)])] == [(patients[2].pk, "C")]
        assert names.all([uuid4()]) == []

    def test_is_spelled_once_for_each_power_of_two(self, patients):
        spelled = []
        names = CompiledQueryForKeys(
            lambda keys: spelled.append(len(keys)) or Patient.objects.filter(pk__in=keys).values_list("pk")
        )

        for number in (1, 3, 4, 1, 5, 3):
            assert len(names.all([patient.pk for patient in patients[:number]])) == number

        assert spelled == [1, 4, 8]


class TestARowThatIsMade:
    def test_is_as_the_model_makes_it(self):
        told = {"given_name": "Ana", "family_name": "Ruiz", "id": uuid4(), "created_at": NOON, "updated_at": NOON}

        made, usual = make(Patient, **told), Patient(**told)

        assert {**vars(made), "_state": None} == {**vars(usual), "_state": None}
        assert made._state.adding

    def test_draws_what_is_drawn_for_each_row(self):
        assert make(Patient).pk != make(Patient).pk

    def test_keeps_the_record_that_it_refers_to(self):
        patient = Patient(given_name="Ana")

        into = make(Patient, merged_into=patient)

        assert (into.merged_into, into.merged_into_id) == (patient, patient.pk)
        assert make(Patient, merged_into=None).merged_into is None
        assert make(Patient, merged_into_id=patient.pk).merged_into_id == patient.pk

    def test_has_nothing_that_the_model_has_not(self):
        with pytest.raises(TypeError, match="Patient has no colour"):
            make(Patient, colour="red")


@pytest.mark.django_db
class TestRowsOfOneStatement:
    def test_are_written_as_they_are_in_memory(self, django_assert_num_queries):
        patients = [
            PatientFactory.build(record_number="P-1", phone='\\ "quoted" ñ\n', birth_date=date(1980, 2, 29)),
            PatientFactory.build(record_number="P-2", address="", birth_date=None),
        ]

        with django_assert_num_queries(1):
            insert_all(patients)

        for patient in patients:
            stored = Patient.objects.get(pk=patient.pk)
            assert {**vars(stored), "_state": None} == {**vars(patient), "_state": None}

    def test_are_changed_by_it(self, django_assert_num_queries):
        patients = [PatientFactory(), PatientFactory()]
        for number, patient in enumerate(patients):
            patient.phone, patient.birth_date = f"555 {number}", None

        with django_assert_num_queries(1):
            update_all(patients, ["phone", "birth_date"])

        assert [Patient.objects.get(pk=patient.pk).phone for patient in patients] == ["555 0", "555 1"]
