"""How amounts are stored: whole minor units in the database, exact decimals in Python, and nothing between."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.db import connection, connections, transaction
from django.db.models import F, Sum, Value
from psycopg.postgres import types
from psycopg.pq import Format

from billing.models import Service
from billing.models.payment import Payment
from billing.tests.factories import PaymentFactory, ServiceFactory
from clinic.db import ExactDecimalField, MoneyField, QuantityField, RateField, mark_of, planned_anew


class TestAnAmount:
    @pytest.mark.parametrize(
        ("field", "given", "kept", "stored"),
        [
            (MoneyField(), "0.30", "0.30", 30),
            (MoneyField(), "9999999999.99", "9999999999.99", 999_999_999_999),
            (MoneyField(), "-286.20", "-286.20", -28_620),
            (MoneyField(), 5, "5.00", 500),
            (MoneyField(), "1E+2", "100.00", 10_000),
            (RateField(), "12.5", "12.5000", 125_000),
            (QuantityField(), "999999.999", "999999.999", 999_999_999),
            (ExactDecimalField(scale=0), "7", "7", 7),
        ],
    )
    def test_is_kept_exactly(self, field, given, kept, stored):
        assert str(field.to_python(given)) == kept
        assert field.get_prep_value(given) == stored
        assert str(field.from_db_value(stored, None, connection)) == kept

    @pytest.mark.parametrize("given", ["-0", "-0.00", Decimal("-0.0")])
    def test_of_minus_nothing_is_nothing(self, given):
        assert str(MoneyField().to_python(given)) == "0.00"

    def test_may_be_unknown(self):
        field = MoneyField(null=True)

        assert field.to_python(None) is None
        assert field.get_prep_value(None) is None
        assert field.from_db_value(None, None, connection) is None

    @pytest.mark.parametrize(
        "given",
        ["0.001", "0.005", 0.1, Decimal("1E-30"), "9" * 30],
        ids=["a mill", "half a cent", "a float", "dust", "long"],
    )
    def test_is_refused_rather_than_rounded(self, given):
        with pytest.raises(ValidationError):
            MoneyField().to_python(given)

    @pytest.mark.parametrize("given", ["NaN", "sNaN", "Infinity", "-Infinity", "ten", "", object(), []])
    def test_is_a_number(self, given):
        with pytest.raises(ValidationError):
            MoneyField().to_python(given)

    def test_is_asked_for_with_its_decimals(self):
        field = RateField().formfield()

        assert isinstance(field, forms.DecimalField)
        assert field.clean("12.5") == Decimal("12.5")
        with pytest.raises(ValidationError):
            field.clean("0.00001")

    def test_is_bounded_in_digits_and_places(self):
        field = MoneyField()

        assert field.clean(Decimal("1234567890123456.78"), None) == Decimal("1234567890123456.78")
        with pytest.raises(ValidationError):
            field.clean(Decimal("12345678901234567.89"), None)

    @pytest.mark.parametrize(
        ("field", "options"),
        [(MoneyField(), {}), (RateField(blank=True), {"blank": True}), (ExactDecimalField(scale=6), {"scale": 6})],
    )
    def test_is_told_to_migrations_with_the_scale_where_it_is_its_own(self, field, options):
        _, _, args, kwargs = field.deconstruct()

        assert (args, kwargs) == ([], options)
        assert type(field)(**kwargs).scale == field.scale


@pytest.mark.django_db
class TestTheDatabase:
    def test_adds_cents_that_binary_floats_would_lose(self):
        for amount in ("0.10", "0.20"):
            PaymentFactory(amount=Decimal(amount))

        assert Payment.objects.aggregate(sum=Sum("amount"))["sum"] == Decimal("0.30")

    def test_holds_whole_minor_units(self):
        ServiceFactory(unit_price=Decimal("19.99"))

        with connection.cursor() as cursor:
            cursor.execute("SELECT unit_price FROM billing_service")
            assert cursor.fetchone() == (199_900,)

    def test_compares_by_amount(self):
        cheap, dear = ServiceFactory(unit_price=Decimal("9.99")), ServiceFactory(unit_price=Decimal("10.00"))

        assert list(Service.objects.filter(unit_price__lt=Decimal(10))) == [cheap]
        assert list(Service.objects.filter(unit_price="10.0000")) == [dear]
        assert list(Service.objects.filter(unit_price__in=[Decimal("9.99")])) == [cheap]

    def test_reckons_with_columns(self):
        ServiceFactory(unit_price=Decimal("10.00"))

        dearer = Value(Decimal("0.50"), output_field=RateField())  # a bare Decimal would be minor units
        Service.objects.update(unit_price=F("unit_price") + dearer)

        assert Service.objects.get().unit_price == Decimal("10.50")

    def test_is_not_asked_with_more_decimals_than_it_has(self):
        with pytest.raises(ValidationError):
            list(Service.objects.filter(unit_price=Decimal("0.00001")))


class TestMoment:
    @pytest.mark.parametrize(
        "moment",
        [
            datetime(2026, 11, 23, 3, 35, 17, tzinfo=UTC),
            datetime(2026, 11, 23, 3, 35, 17, 100_000, tzinfo=UTC),
            datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
            datetime(9999, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
            datetime(2026, 7, 29, 2, 30, tzinfo=ZoneInfo("Europe/Berlin")),
        ],
    )
    def test_is_read_as_it_was_written_and_in_utc(self, db, moment):
        ServiceFactory(created_at=moment)

        kept = Service.objects.get().created_at

        assert kept == moment
        assert kept.tzinfo is UTC

    @pytest.mark.postgres
    def test_is_read_by_one_reader_for_the_whole_connection(self, db):
        with connection.cursor() as cursor:
            own = connection.connection.adapters.get_loader(types["timestamptz"].oid, Format.TEXT)
            assert cursor.adapters.get_loader(types["timestamptz"].oid, Format.TEXT) is own
        assert own.__name__ == "MomentReader"


@pytest.mark.django_db(transaction=True)
class TestTheMarkOfADatabase:
    @pytest.fixture
    def another(self):
        """A second connection to the same database."""
        another = connections.create_connection("default")
        yield another
        another.close()

    def test_stays_while_nothing_is_stored(self, another):
        def stays():
            mark = mark_of(connection)
            with another.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM billing_service")
            return mark == mark_of(connection)

        assert any(stays() for _ in range(500))  # other tests store something in the same cluster

    def test_is_another_one_once_this_connection_has_stored_something(self):
        mark = mark_of(connection)
        ServiceFactory()

        assert mark != mark_of(connection)

    def test_is_another_one_once_another_connection_has_stored_something(self, another):
        ServiceFactory(active=True)
        mark = mark_of(connection)
        with another.cursor() as cursor:
            cursor.execute("UPDATE billing_service SET active = %s", [False])

        assert mark != mark_of(connection)

    @pytest.mark.postgres
    def test_is_another_one_once_what_had_begun_before_is_stored(self, another):
        service = ServiceFactory(active=True)
        with transaction.atomic(), another.cursor() as cursor:
            Service.objects.update(active=False)
            mark = mark_of(another)
            cursor.execute("SELECT active FROM billing_service WHERE id = %s", [service.pk])
            assert cursor.fetchone() == (True,)

        assert mark != mark_of(another)

    def test_is_another_one_on_another_connection_of_sqlite(self, another):
        if connection.vendor == "postgresql":
            assert any(mark_of(connection) == mark_of(another) for _ in range(500))
        else:
            assert mark_of(connection) != mark_of(another)

    def test_is_none_inside_of_a_transaction(self):
        with transaction.atomic():
            assert mark_of(connection) is None


class TestPlannedAnew:
    def test_prepares_no_statement_inside(self, db):
        def threshold():
            return getattr(connection.connection, "prepare_threshold", None)

        connection.ensure_connection()
        before = threshold()

        with planned_anew():
            inside = threshold()

        assert inside is None
        assert threshold() == before
        assert (before is None) == (connection.vendor == "sqlite")
