"""Fields of exact decimals: whole minor units in the database, Decimal in Python."""

from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import F, Sum, Value

from billing.models import Service
from billing.models.payment import Payment
from billing.tests.factories import PaymentFactory, ServiceFactory
from clinic.db.fields import ExactDecimalField, MoneyField, QuantityField, RateField


class TestExactDecimalField:
    @pytest.mark.parametrize(
        ("field", "given", "text", "stored"),
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
    def test_decimal_is_stored_and_read_exactly(self, field, given, text, stored):
        assert str(field.to_python(given)) == text
        assert field.get_prep_value(given) == stored
        assert str(field.from_db_value(stored, None, connection)) == text

    @pytest.mark.parametrize("given", ["-0", "-0.00", Decimal("-0.0")])
    def test_minus_zero_becomes_zero(self, given):
        assert str(MoneyField().to_python(given)) == "0.00"

    def test_null_stays_none(self):
        field = MoneyField(null=True)

        assert field.to_python(None) is None
        assert field.get_prep_value(None) is None
        assert field.from_db_value(None, None, connection) is None

    @pytest.mark.parametrize(
        "given",
        ["0.001", "0.005", 0.1, Decimal("1E-30"), "9" * 30],
        ids=["a mill", "half a cent", "a float", "dust", "long"],
    )
    def test_decimal_with_too_many_places_is_refused(self, given):
        with pytest.raises(ValidationError):
            MoneyField().to_python(given)

    @pytest.mark.parametrize("given", ["NaN", "sNaN", "Infinity", "-Infinity", "ten", "", object(), []])
    def test_value_that_is_no_number_is_refused(self, given):
        with pytest.raises(ValidationError):
            MoneyField().to_python(given)

    def test_form_field_allows_the_decimal_places_of_the_scale(self):
        field = RateField().formfield()

        assert isinstance(field, forms.DecimalField)
        assert field.clean("12.5") == Decimal("12.5")
        with pytest.raises(ValidationError):
            field.clean("0.00001")

    def test_decimal_with_too_many_digits_is_refused(self):
        field = MoneyField()

        assert field.clean(Decimal("1234567890123456.78"), None) == Decimal("1234567890123456.78")
        with pytest.raises(ValidationError):
            field.clean(Decimal("12345678901234567.89"), None)

    @pytest.mark.parametrize(
        ("field", "options"),
        [(MoneyField(), {}), (RateField(blank=True), {"blank": True}), (ExactDecimalField(scale=6), {"scale": 6})],
    )
    def test_migration_names_the_scale_unless_it_is_that_of_the_class(self, field, options):
        _, _, args, kwargs = field.deconstruct()

        assert (args, kwargs) == ([], options)
        assert type(field)(**kwargs).scale == field.scale


@pytest.mark.django_db
class TestDatabase:
    def test_sum_of_cents_is_exact(self):
        for amount in ("0.10", "0.20"):
            PaymentFactory(amount=Decimal(amount))

        assert Payment.objects.aggregate(sum=Sum("amount"))["sum"] == Decimal("0.30")

    def test_column_contains_whole_minor_units(self):
        ServiceFactory(unit_price=Decimal("19.99"))

        with connection.cursor() as cursor:
            cursor.execute("SELECT unit_price FROM billing_service")
            assert cursor.fetchone() == (199_900,)

    def test_lookups_compare_by_amount(self):
        cheap, expensive = ServiceFactory(unit_price=Decimal("9.99")), ServiceFactory(unit_price=Decimal("10.00"))

        assert list(Service.objects.filter(unit_price__lt=Decimal(10))) == [cheap]
        assert list(Service.objects.filter(unit_price="10.0000")) == [expensive]
        assert list(Service.objects.filter(unit_price__in=[Decimal("9.99")])) == [cheap]

    def test_update_calculates_with_columns(self):
        ServiceFactory(unit_price=Decimal("10.00"))

        increase = Value(Decimal("0.50"), output_field=RateField())  # a bare Decimal would be minor units
        Service.objects.update(unit_price=F("unit_price") + increase)

        assert Service.objects.get().unit_price == Decimal("10.50")

    def test_lookup_with_too_many_decimal_places_is_refused(self):
        with pytest.raises(ValidationError):
            list(Service.objects.filter(unit_price=Decimal("0.00001")))
