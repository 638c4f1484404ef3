"""What the two databases spell differently in the statements of check_books."""

from django.db import connection


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def year_in(moment: str) -> str:
    """The year in which a moment lies wherever on earth the clinic is; NULL around the turn of a year."""
    if is_postgresql():
        first, last = (
            f"extract(year FROM {moment} AT TIME ZONE 'UTC' {hours})"
            for hours in ("- interval '12 hours'", "+ interval '14 hours'")
        )
    else:
        first, last = (f"strftime('%Y', {moment}, '{hours} hours')" for hours in ("-12", "+14"))
    return f"CASE WHEN {first} = {last} THEN CAST({first} AS integer) END"


def digits(text: str, *, least: int) -> str:
    """The condition that a text consists of digits alone, so many at least, and no more than a bigint holds."""
    bare = f"ltrim({text}, '0123456789')"
    return f"(length({text}) BETWEEN {least} AND 18 AND {bare} = '')"


def lower(text: str) -> str:
    """The text with its ASCII letters in lower case; what becomes of others is not to be relied on."""
    return f'lower({text} COLLATE "C")' if is_postgresql() else f"lower({text})"


def joined(text: str, separator: str) -> str:
    """The aggregate of texts; in the order in which the rows come."""
    return f"{'string_agg' if is_postgresql() else 'group_concat'}({text}, '{separator}')"


def is_plain(text: str) -> str:
    """The condition that a text is of printable ASCII and line ends, with single spaces between words only."""
    odd = "'[^\n -~]|  | \n|\n | $|^ '"
    if is_postgresql():
        return f'{text} COLLATE "C" !~ {odd}'
    places = ("*[^\n -~]*", "*  *", "* \n*", "*\n *", "* ", " *")
    return "(" + " AND ".join(f"{text} NOT GLOB '{place}'" for place in places) + ")"


def has_one(column: str) -> str:
    """The condition that JSON is a list of one thing at most."""
    if is_postgresql():
        return f"{column} -> 1 IS NULL"
    return f"json_valid({column}) AND json_type({column}, '$[1]') IS NULL"


def in_first(column: str, name: str) -> str:
    """The text under a name in the first object of a list in JSON; to be asked of JSON only."""
    return f"{column} -> 0 ->> '{name}'" if is_postgresql() else f"json_extract({column}, '$[0].{name}')"


def beside_invoices(columns: str) -> str:
    """The join of `lines` to `invoice`: aggregates over the items of each, in the order of these.

    PostgreSQL looks the items of each up, which lie together; else it would sort all of them on disk.
    """
    item = "SELECT * FROM billing_invoiceitem"
    if is_postgresql():
        of_one = f"{item} WHERE invoice_id = invoice.id ORDER BY position, id"
        return f"LEFT JOIN LATERAL (SELECT {columns} FROM ({of_one}) item) lines ON TRUE"
    grouped = f"{item} ORDER BY invoice_id, position, id"
    lines = f"SELECT invoice_id, {columns} FROM ({grouped}) item GROUP BY invoice_id"
    return f"LEFT JOIN ({lines}) lines ON lines.invoice_id = invoice.id"


def holds_something(column: str) -> str:
    """The condition that JSON is an object with something in it."""
    return (
        f"{column} <> '{{}}'::jsonb AND jsonb_typeof({column}) = 'object'"
        if is_postgresql()
        else (f"json_valid({column}) AND json_type({column}) = 'object' AND {column} <> '{{}}'")
    )
