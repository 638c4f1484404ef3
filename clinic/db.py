"""How records and amounts are stored: exact decimals as whole minor units, UUID keys, times in UTC.

And what else is the database's: transactions, indexes of words, locks, and whether anything was stored at all.
"""

import uuid
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, wraps
from itertools import count
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from django import forms
from django.core import exceptions, validators
from django.db import DatabaseError, connection, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

Told = ParamSpec("Told")
Done = TypeVar("Done")

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

    scale = 2

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
                _("“%(value)s” has more than %(max)s decimals."),
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
        """As any field has it; a decimal, of which a row has many, by the short way."""
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
        """Digits and places; BigIntegerField's own bounds are those of minor units."""
        return [*self.default_validators, validators.DecimalValidator(18, self.scale)]


class MoneyField(ExactDecimalField):
    """An amount of money in the clinic's currency, to the cent."""

    scale = 2


class RateField(ExactDecimalField):
    """A unit price, or a percentage: four decimals."""

    scale = 4


class QuantityField(ExactDecimalField):
    """A quantity: three decimals."""

    scale = 3


class Record(models.Model):
    """A row with a UUID for a key, and the moments of its making and last change."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False, verbose_name=_("created at"))
    updated_at = models.DateTimeField(default=timezone.now, editable=False, verbose_name=_("updated at"))

    class Meta:
        abstract = True


# -- Transactions

_whole: ContextVar[object | None] = ContextVar("clinic_db_whole", default=None)


@contextmanager
def as_a_whole() -> Iterator[None]:
    """A transaction of which nothing is kept when anything in it fails, as a request is: no verb needs a savepoint."""
    if _whole.get() is not None:
        yield
        return
    with transaction.atomic():
        token = _whole.set(object())
        try:
            yield
        finally:
            _whole.reset(token)


def whole() -> object | None:
    """What stands for the transaction `as_a_whole()` that is running; None when there is none."""
    return _whole.get()


def atomic(verb: Callable[Told, Done]) -> Callable[Told, Done]:
    """All of a verb, or nothing: `transaction.atomic`, but without a savepoint in what is done as a whole."""

    @wraps(verb)
    def run(*args: Told.args, **kwargs: Told.kwargs) -> Done:
        with transaction.atomic(savepoint=_whole.get() is None):
            return verb(*args, **kwargs)

    return run


# -- PostgreSQL


def index_words(schema_editor: Any, table: str) -> None:
    """Let PostgreSQL find words in the middle of `search_text`, where this database has, or may make, what it takes.

    Without it a search reads the whole table: slower, and right. The other databases have no such index.
    """
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError:  # not installed, or not ours to make
        return
    schema_editor.execute(f"CREATE INDEX IF NOT EXISTS {table}_words ON {table} USING gin (search_text gin_trgm_ops)")


def drop_index_of_words(schema_editor: Any, table: str) -> None:
    """The opposite of `index_words`; the extension may be used by others, and stays."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {table}_words")


def one_at_a_time(act: str) -> None:
    """Let transactions that do the same rare thing wait for each other, before their first lock of a row.

    For an act whose rows are known only after others have finished it. SQLite has one writer at a time anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(0, hashtext(%s))", [act])


def mark_of(here: Any) -> Hashable | None:
    """What stays equal on a connection for exactly as long as nothing is stored in its database by anybody.

    None inside a transaction, which sees besides what it stored itself. PostgreSQL: which transactions are seen
    (pg_current_snapshot); each that ends changes that. SQLite: what others stored (PRAGMA data_version), what this
    connection stored (total_changes), and which connection it is, since both are counted for each alone.
    """
    if here.in_atomic_block:
        return None
    with here.cursor() as cursor:
        if here.vendor == "postgresql":
            cursor.execute("SELECT pg_current_snapshot()::text")
            return str(cursor.fetchone()[0])
        cursor.execute("PRAGMA data_version")
        by_others = cursor.fetchone()[0]
    return here.number, by_others, here.connection.total_changes


_numbers = count(1)


def number_connections(connection: Any, **_: object) -> None:
    """Give each connection that is opened a number of its own, for `mark_of`."""
    connection.number = next(_numbers)


def read_moments_quickly(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Have PostgreSQL's moments, which are in UTC here, read in a third of the time that Django's own reader takes."""
    if connection.vendor == "postgresql" and connection.timezone is UTC:
        connection.connection.adapters.register_loader("timestamptz", _reader_of_moments())


@cache
def _reader_of_moments() -> Any:
    from psycopg.adapt import Loader

    class MomentReader(Loader):
        timezone = UTC  # where Django looks whether it has to register its own

        def load(self, data: Any) -> datetime:
            return datetime.fromisoformat(bytes(data).decode())

    return MomentReader


@contextmanager
def planned_anew() -> Iterator[None]:
    """Inside, PostgreSQL plans each statement for the values that it comes with.

    The plan of a prepared statement is the same for all of them: right for most statements, and a thousand times too
    slow for a look at which rows have a word, since one word is in none of them and another one in all.
    """
    connection.ensure_connection()
    threshold = getattr(connection.connection, "prepare_threshold", None)
    if threshold is None:
        yield
        return
    connection.connection.prepare_threshold = None
    try:
        yield
    finally:
        connection.connection.prepare_threshold = threshold
