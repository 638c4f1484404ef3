"""How days and moments are written: strict ISO 8601, the clinic's zone unless the text names another."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from clinic.domain.dates import clinic_time_zone, start_of_day

YEARS = range(1900, 2201)
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r"(?: ?([Zz]|[+-][0-9]{2}(?::?[0-5][0-9](?::?[0-5][0-9])?)?))?"  # offsets had seconds before zones were agreed on
)


def parse_date(text: str) -> date:
    """The day of “2026-06-01”; ValueError for any other spelling, or a year outside 1900 to 2200."""
    match = _DAY.fullmatch(text)
    if not match:
        raise ValueError("Write a day as 2026-06-01.")
    year, month, day = map(int, match.groups())
    _check_year(year)
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError("There is no such day.") from error


def parse_datetime(text: str) -> datetime:
    """The moment, in UTC, of “2026-06-01T05:53:48+02:00”; without a zone it is the clinic's, a day alone is its start.

    Raises ValueError for any other spelling, or a year outside 1900 to 2200.
    """
    if _DAY.fullmatch(text):
        return start_of_day(parse_date(text))
    match = _MOMENT.fullmatch(text)
    if not match:
        raise ValueError("Write a moment as 2026-06-01T05:53:48, with or without a zone, or a day as 2026-06-01.")
    day, hour, minute, second, fraction, offset = match.groups()
    date_part = parse_date(day)
    microsecond = (fraction or "").ljust(6, "0")[:6]
    try:
        time_part = time(int(hour), int(minute), int(second or 0), int(microsecond), _zone(offset))
    except ValueError as error:
        raise ValueError("There is no such moment.") from error
    moment = datetime.combine(date_part, time_part).astimezone(UTC)
    _check_year(moment.astimezone(clinic_time_zone()).year)  # the one that it leaves with
    return moment


def _check_year(year: int) -> None:
    if year not in YEARS:
        raise ValueError("The year must be between 1900 and 2200.")


def _zone(offset: str | None) -> tzinfo:
    if offset is None:
        return clinic_time_zone()
    if offset in "Zz":
        return UTC
    bare = offset[1:].replace(":", "")
    distance = timedelta(hours=int(bare[:2]), minutes=int(bare[2:4] or 0), seconds=int(bare[4:] or 0))
    return timezone(-distance if offset[0] == "-" else distance)
