"""How amounts are stored: whole minor units in the database, exact decimals in Python, and nothing between."""

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
