"""Model fields for exact decimals, stored as whole minor units; and the base model with a UUID key and two times."""

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core import exceptions, validators
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from clinic.domain.amounts import MONEY_DECIMALS, QUANTITY_DECIMALS, RATE_DECIMALS

# The stubs' fields are generic in what they take and give; at run time they are not.
if TYPE_CHECKING:
    _BigInteger = models.BigIntegerField[Decimal | int | str, Decimal]
else:
    _BigInteger = models.BigIntegerField


class ExactDecimalField(_BigInteger):
    """A decimal with a fixed number of places, in a bigint column of whole minor units.

    `Decimal("12.34")` with scale 2 is stored as 1234, so that every sum and CHECK in the database is integer
    arithmetic, equal on SQLite and PostgreSQL. A value with more places than `scale` is refused, never rounded.
    """

    scale = MONEY_DECIMALS

    def __init__(self, *args: Any, scale: int | None = None, **kwargs: Any) -> None:
        self.scale = self.scale if scale is None else scale
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if self.scale != type(self).scale:
            kwargs["scale"] = self.scale
        return name, path, args, kwargs

    @cached_property
    def _unit(self) -> Decimal:
        return Decimal(1).scaleb(-self.scale)

    def from_db_value(self, value: int | Decimal | None, *_: object) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-self.scale)

    def to_python(self, value: Any) -> Any:
        if value is None:
            return None
        try:
            number = Decimal(value)
            exact = number.quantize(self._unit)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise exceptions.ValidationError(
                _("“%(value)s” is not a number."), code="invalid", params={"value": value}
            ) from error
        if exact != number:
            raise exceptions.ValidationError(
                _("“%(value)s” has more than %(max)s decimal places."),
                code="max_decimal_places",
                params={"value": value, "max": self.scale},
            )
        return exact + 0  # turns -0 into 0

    def get_prep_value(self, value: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        exact = self.to_python(value)
        return int(exact.scaleb(self.scale))

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """Return the stored value; a Decimal, of which a row has many, without the calls of the general case."""
        if type(value) is Decimal and value.is_finite():
            units = int(value.scaleb(self.scale))
            if Decimal(units).scaleb(-self.scale) == value:
                return connection.ops.adapt_integerfield_value(units, "BigIntegerField")
        return super().get_db_prep_save(value, connection)

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        exact = {"form_class": forms.DecimalField, "decimal_places": self.scale, "max_digits": 18}
        return models.Field.formfield(self, **{**exact, **kwargs})

    @cached_property
    def validators(self) -> list[Any]:
        """Validators of digits and places; BigIntegerField's own bounds are those of minor units."""
        return [*self.default_validators, validators.DecimalValidator(18, self.scale)]


class MoneyField(ExactDecimalField):
    """An amount of money in the clinic's currency, to the cent."""

    scale = MONEY_DECIMALS


class RateField(ExactDecimalField):
    """A unit price, or a percentage: four decimals."""

    scale = RATE_DECIMALS


class QuantityField(ExactDecimalField):
    """A quantity: three decimals."""

    scale = QUANTITY_DECIMALS


class BaseModel(models.Model):
    """Abstract model with a UUID as its key, and the times of its creation and last change."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False, verbose_name=_("created at"))
    updated_at = models.DateTimeField(default=timezone.now, editable=False, verbose_name=_("updated at"))

    class Meta:
        abstract = True

    def lock_and_set(self, values: Mapping[str, Any]) -> list[str]:
        """Lock and read the row, set the fields whose values differ, and return their names. It is not saved yet."""
        self.refresh_from_db(from_queryset=type(self)._default_manager.select_for_update(no_key=True))
        changed = [name for name, value in values.items() if getattr(self, name) != value]
        for name in changed:
            setattr(self, name, values[name])
        return changed
