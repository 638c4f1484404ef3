"""Parse dates and datetimes: strict ISO 8601, in the clinic's time zone unless the text names an offset."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from clinic.domain.dates import YEARS, clinic_time_zone, start_of_day

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DATETIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r"(?: ?([Zz]|[+-][0-9]{2}(?::?[0-5][0-9](?::?[0-5][0-9])?)?))?"  # before time zones, offsets had seconds
)


def parse_date(text: str) -> date:
    """Return the date of a text such as “2026-06-01”.

    Raises ValueError, with a sentence, for any other form and for years outside YEARS.
    """
    match = _DATE.fullmatch(text)
    if not match:
        raise ValueError("Must be a date such as 2026-06-01.")
    year, month, day = map(int, match.groups())
    _check_year(year)
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError("This date does not exist.") from error


def parse_datetime(text: str) -> datetime:
    """Return the datetime, in UTC, of a text such as “2026-06-01T05:53:48+02:00”.

    Without an offset the text is local to the clinic; a date alone is the start of that day there. Raises ValueError as
    `parse_date` does.
    """
    if _DATE.fullmatch(text):
        return start_of_day(parse_date(text))
    match = _DATETIME.fullmatch(text)
    if not match:
        raise ValueError("Must be a date and time, such as 2026-06-01T05:53:48, or a date, such as 2026-06-01.")
    day, hour, minute, second, fraction, offset = match.groups()
    date_part = parse_date(day)
    microsecond = (fraction or "").ljust(6, "0")[:6]
    try:
        time_part = time(int(hour), int(minute), int(second or 0), int(microsecond), _parse_offset(offset))
    except ValueError as error:
        raise ValueError("This date and time do not exist.") from error
    result = datetime.combine(date_part, time_part).astimezone(UTC)
    _check_year(result.astimezone(clinic_time_zone()).year)  # the year that answers will show
    return result


def _check_year(year: int) -> None:
    if year not in YEARS:
        raise ValueError(f"The year must be between {YEARS[0]} and {YEARS[-1]}.")


def _parse_offset(text: str | None) -> tzinfo:
    if text is None:
        return clinic_time_zone()
    if text in "Zz":
        return UTC
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4] or 0), seconds=int(digits[4:] or 0))
    return timezone(-offset if text[0] == "-" else offset)
