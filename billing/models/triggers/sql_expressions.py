"""SQL that PostgreSQL and SQLite write differently, and conditions that are made of it."""

from billing.rules.register_numbers import MIN_DIGITS


class PostgreSQL:
    """Expressions of PostgreSQL.

    A clinic's time zone is not known to a database. So a datetime has an earliest and a latest year, and a latest day:
    those at UTC-12 and at UTC+14, wherever on earth the clinic is.
    """

    def differs(self, left: str, right: str) -> str:
        """Return the condition that two values differ, where NULL equals NULL."""
        return f"{left} IS DISTINCT FROM {right}"

    def equals(self, left: str, right: str) -> str:
        """Return the condition that two values are equal, where NULL equals NULL."""
        return f"{left} IS NOT DISTINCT FROM {right}"

    def earliest_year(self, datetime: str) -> str:
        """Return the year of a datetime at UTC-12."""
        return f"extract(year FROM {datetime} AT TIME ZONE 'UTC' - interval '12 hours')"

    def latest_year(self, datetime: str) -> str:
        """Return the year of a datetime at UTC+14."""
        return f"extract(year FROM {datetime} AT TIME ZONE 'UTC' + interval '14 hours')"

    def latest_day(self, datetime: str) -> str:
        """Return the day of a datetime at UTC+14."""
        return f"CAST({datetime} AT TIME ZONE 'UTC' + interval '14 hours' AS date)"


class SQLite:
    """The same expressions of SQLite, where a datetime is a text in UTC."""

    def differs(self, left: str, right: str) -> str:
        return f"{left} IS NOT {right}"

    def equals(self, left: str, right: str) -> str:
        return f"{left} IS {right}"

    def earliest_year(self, datetime: str) -> str:
        return f"CAST(strftime('%Y', {datetime}, '-12 hours') AS INTEGER)"

    def latest_year(self, datetime: str) -> str:
        return f"CAST(strftime('%Y', {datetime}, '+14 hours') AS INTEGER)"

    def latest_day(self, datetime: str) -> str:
        return f"date({datetime}, '+14 hours')"


Dialect = PostgreSQL | SQLite


def any_changes(dialect: Dialect, *columns: str) -> str:
    """Return the condition that an UPDATE changes at least one of the columns.

    >>> any_changes(SQLite(), "id", "currency")
    '(NEW.id IS NOT OLD.id OR NEW.currency IS NOT OLD.currency)'
    """
    return "(" + " OR ".join(dialect.differs(f"NEW.{name}", f"OLD.{name}") for name in columns) + ")"


def is_last_number(dialect: Dialect, number: str, document: str, datetime: str) -> str:
    """Return the condition that a number is the last one of its series, in the year of a datetime."""
    above = 10**MIN_DIGITS
    last_number = (
        f"'{document}-' || series.year || '-' || CASE WHEN series.last_number < {above} "
        f"THEN substr(CAST(series.last_number + {above} AS text), 2) ELSE CAST(series.last_number AS text) END"
    )
    return (
        f"EXISTS (SELECT 1 FROM billing_numberseries series WHERE series.document = '{document}' "
        f"AND series.year BETWEEN {dialect.earliest_year(datetime)} AND {dialect.latest_year(datetime)} "
        f"AND {number} = {last_number})"
    )


def is_closed(dialect: Dialect, datetime: str) -> str:
    """Return the condition that the books are closed for the day of a datetime."""
    return f"{dialect.latest_day(datetime)} <= (SELECT MAX(closed_through) FROM billing_booksclosing)"


def sum_of(column: str, table: str, condition: str) -> str:
    """Return the sum of a column over the rows of a table that meet a condition; 0 without a row."""
    return f"COALESCE((SELECT SUM({column}) FROM {table} WHERE {condition}), 0)"
