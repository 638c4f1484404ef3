"""Compiled queries return what the plain QuerySet returns, with one statement."""

from uuid import uuid4

import pytest
from django.db import connection, models, transaction
from django.db.models.functions import Upper
from django.db.models.query import FlatValuesListIterable, ModelIterable, NamedValuesListIterable
from django.db.transaction import TransactionManagementError

from clinic.db.compiled import CompiledQuery, CompiledQueryForKeys
from patients.models import Patient
from patients.tests.factories import PatientFactory

BY_ID = CompiledQuery(lambda key: Patient.objects.filter(pk=key))
LOCKED = CompiledQuery(lambda key: Patient.objects.filter(pk=key).select_for_update(no_key=True))


@pytest.fixture
def patient(db):
    return PatientFactory(family_name="Ruiz", phone="555 0100")


class TestCompiledQuery:
    def test_query_returns_the_instance_of_the_queryset_for_each_key(self, patient):
        other = PatientFactory()

        for each in (patient, other):
            compiled, plain = BY_ID.first(each.pk), Patient.objects.get(pk=each.pk)
            assert {**vars(compiled), "_state": None} == {**vars(plain), "_state": None}
            assert (compiled._state.adding, compiled._state.db) == (plain._state.adding, plain._state.db)

    @pytest.mark.parametrize(
        "build",
        [
            lambda key: Patient.objects.filter(pk=key).values_list("pk", "family_name", "created_at"),
            lambda key: Patient.objects.filter(pk=key).values_list("family_name", flat=True),
            lambda key: Patient.objects.filter(pk=key).values_list("pk", "birth_date", named=True),
            lambda key: Patient.objects.filter(pk=key).annotate(upper=Upper("family_name")).values_list("upper"),
            lambda key: Patient.objects.filter(pk=key) | Patient.objects.filter(merged_into=key),
            lambda _: Patient.objects.order_by("-created_at")[:1],
        ],
        ids=["tuples", "flat", "named", "annotated", "the key twice", "no key"],
    )
    def test_query_returns_the_rows_of_the_queryset(self, patient, build):
        compiled, plain = CompiledQuery(build).all(patient.pk), list(build(patient.pk))

        assert plain
        assert [tuple(row) if isinstance(row, list) else row for row in compiled] == plain

    def test_named_rows_have_names(self, patient):
        named = CompiledQuery(lambda key: Patient.objects.filter(pk=key).values_list("family_name", named=True))

        assert named.first(patient.pk).family_name == "Ruiz"

    def test_query_returns_nothing_for_an_unknown_key(self, db):
        assert BY_ID.first(uuid4()) is None
        assert BY_ID.all(uuid4()) == []

    def test_deferred_fields_are_read_when_they_are_used(self, patient):
        read = CompiledQuery(lambda key: Patient.objects.filter(pk=key).only("given_name")).first(patient.pk)

        assert read.get_deferred_fields() >= {"phone"}
        assert read.phone == "555 0100"

    def test_query_is_compiled_once(self, patient):
        built = []
        query = CompiledQuery(lambda key: built.append(key) or Patient.objects.filter(pk=key))

        assert query.first(patient.pk) == query.first(patient.pk) == patient
        assert len(built) == 1

    def test_refresh_reloads_the_fields(self, patient):
        Patient.objects.filter(pk=patient.pk).update(phone="555 0199")

        BY_ID.refresh(patient)

        assert patient.phone == "555 0199"

    def test_refresh_forgets_related_objects(self, patient):
        patient.merged_into = PatientFactory()

        BY_ID.refresh(patient)

        assert patient.merged_into is None

    def test_refresh_of_a_row_that_does_not_exist_is_refused(self, db):
        with pytest.raises(Patient.DoesNotExist):
            BY_ID.refresh(PatientFactory.build())


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_query_that_locks_rows_needs_a_transaction():
    patient = PatientFactory()

    with pytest.raises(TransactionManagementError):
        LOCKED.first(patient.pk)
    with transaction.atomic():
        assert LOCKED.first(patient.pk) == patient


class TestCompiledQueryForKeys:
    @pytest.fixture
    def names(self):
        return CompiledQueryForKeys(
            lambda keys: Patient.objects.filter(pk__in=keys).order_by("family_name").values_list("pk", "family_name")
        )

    @pytest.fixture
    def patients(self, db):
        return [PatientFactory(family_name=name) for name in "ABCDE"]

    @pytest.mark.parametrize("number", [1, 2, 3, 5])
    def test_query_for_keys_returns_the_rows_of_any_number_of_keys(self, names, patients, number):
        chosen = patients[:number]

        for _ in range(2):  # the second time with the compiled statement
            rows = names.all([patient.pk for patient in reversed(chosen)])
            assert [tuple(row) for row in rows] == [(patient.pk, patient.family_name) for patient in chosen]

    def test_query_for_no_key_makes_no_statement_and_for_several_one(self, names, patients, django_assert_num_queries):
        with django_assert_num_queries(1):
            names.all([patient.pk for patient in patients])
        with django_assert_num_queries(0):
            assert names.all([]) == []

    def test_query_for_keys_takes_keys_as_text(self, names, patients):
        assert [tuple(row) for row in names.all([str(patients[2].pk)])] == [(patients[2].pk, "C")]

    def test_query_for_keys_returns_nothing_for_an_unknown_key(self, names, db):
        assert names.all([uuid4()]) == []

    def test_query_for_keys_is_compiled_once_for_each_power_of_two(self, patients):
        sizes = []
        names = CompiledQueryForKeys(
            lambda keys: sizes.append(len(keys)) or Patient.objects.filter(pk__in=keys).values_list("pk")
        )

        for number in (1, 3, 4, 1, 5, 3):
            assert len(names.all([patient.pk for patient in patients[:number]])) == number

        assert sizes == [1, 4, 8]


class TestPrivatePartsOfDjango:
    """clinic/db/compiled.py uses these. When one of these tests fails after an update of Django, adapt that module."""

    def test_compiler_returns_the_sql_with_its_parameters(self):
        key = uuid4()
        compiler = Patient.objects.filter(pk=key).values_list("pk").query.get_compiler(connection=connection)

        sql, parameters = compiler.as_sql()

        assert sql.count("%s") == len(parameters) == 1
        assert parameters[0] == (key if connection.features.has_native_uuid_field else key.hex)

    def test_compiler_lists_the_selected_columns(self):
        compiler = Patient.objects.only("pk", "family_name").query.get_compiler(connection=connection)
        compiler.as_sql()

        assert [column.target.attname for column, _sql, _alias in compiler.select] == ["id", "family_name"]

    def test_compiler_names_the_converters_of_each_column(self):
        compiler = Patient.objects.only("pk").query.get_compiler(connection=connection)
        compiler.as_sql()
        columns = [column for column, _sql, _alias in compiler.select]

        for position, (converters, column) in compiler.get_converters(columns).items():
            assert column is columns[position]
            assert all(callable(convert) for convert in converters)

    @pytest.mark.parametrize(
        ("queryset", "iterable_class"),
        [
            (Patient.objects.all(), ModelIterable),
            (Patient.objects.values_list("pk", flat=True), FlatValuesListIterable),
            (Patient.objects.values_list("pk", named=True), NamedValuesListIterable),
        ],
        ids=["instances", "flat", "named"],
    )
    def test_queryset_names_its_iterable(self, queryset, iterable_class):
        assert queryset._iterable_class is iterable_class

    def test_query_knows_whether_it_locks(self):
        assert Patient.objects.select_for_update().query.select_for_update is True
        assert Patient.objects.all().query.select_for_update is False

    def test_related_objects_are_cached_in_the_state(self):
        target = Patient()

        assert Patient(merged_into=target)._state.fields_cache == {"merged_into": target}
        assert isinstance(models.base.ModelState().fields_cache, dict)
