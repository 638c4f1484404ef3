"""Texts as migration 0002 of patients and of billing cleans and compares them. Frozen: later rules do not change it."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import phonenumbers
from django.conf import settings

BATCH = 500  # SQLite takes no condition of a thousand alternatives, as prefetching 1,000 records would be


def _ranges(*ranges: tuple[int, int]) -> str:
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


NO_CHARACTERS = _ranges((0xFDD0, 0xFDEF), *((plane + 0xFFFE, plane + 0xFFFF) for plane in range(0, 0x110000, 0x10000)))
REFUSED = rf"\u202a-\u202e\u2066-\u2069\ud800-\udfff{NO_CHARACTERS}"
NOT_IN_A_LINE = re.compile(rf"[\0-\x1f\x7f-\x9f\u2028\u2029{REFUSED}]")
NOT_IN_LINES = re.compile(rf"[\0-\x09\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f{REFUSED}]")
FORMATS = "".join(chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf")
INVISIBLE = (
    re.escape(FORMATS)
    + "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
)
INVISIBLE_CHARACTERS = re.compile(f"[{INVISIBLE}]+")
INVISIBLE_EDGES = re.compile(rf"\A[\s{INVISIBLE}]+|[\s{INVISIBLE}]+\Z")
SAME_SIGNS = str.maketrans(dict.fromkeys("`´ʹʻʼʽʾʿˈˊˋ‘’‚‛′‵՚׳᾽᾿Ꞌꞌ＇", "'") | dict.fromkeys("˗‐‑‒–—―⁃−﹘﹣－", "-"))
BASE_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)
NUMBER_WITH_SIGNS = re.compile(r"[0-9]+[()/.+-]+[0-9()/.+-]*[0-9]")


def clean(text: str, *, multiline: bool = False) -> str:
    """Return a text without what fields refuse since: a space for each line break and tab, else nothing."""
    spaced = re.sub(r"\t" if multiline else r"[\t\n\r\u0085\u2028\u2029]+", " ", text)
    kept = (NOT_IN_LINES if multiline else NOT_IN_A_LINE).sub("", spaced)
    return INVISIBLE_EDGES.sub("", kept)


def comparison_key(text: str) -> str:
    """Return the key that two texts share when a reader takes them for the same."""
    same = INVISIBLE_CHARACTERS.sub("", text.translate(SAME_SIGNS)).casefold()
    apart = unicodedata.normalize("NFKD", same).translate(SAME_SIGNS)
    bare = "".join(character for character in apart if not unicodedata.combining(character))
    return " ".join(bare.casefold().translate(BASE_LETTERS).split())


def search_text(*parts: str) -> str:
    """Return the parts as comparison keys, and numbers once more as their digits alone."""
    key = " ".join(filter(None, map(comparison_key, parts)))
    numbers = dict.fromkeys(digits(number) for number in NUMBER_WITH_SIGNS.findall(key))
    return " ".join([key, *(number for number in numbers if len(number) >= 4)])


def digits(text: str) -> str:
    """Return the digits 0 to 9 of a text."""
    return re.sub("[^0-9]+", "", text)


def phone_forms(phone: str) -> list[str]:
    """Return a telephone number as written, its digits, the international and the national form."""
    forms = [phone, digits(phone)]
    try:
        number = phonenumbers.parse(phone, settings.CLINIC_COUNTRY or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is not None and phonenumbers.is_valid_number(number):
        national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        forms += [f"{number.country_code}{number.national_number}", digits(national)]
    return list(dict.fromkeys(filter(None, forms)))


def rewrite(
    schema_editor: Any, model: Any, columns: Sequence[str], change: Callable[[Any], dict[str, Any]], *related: Any
) -> None:
    """Store in these columns of each row what `change` returns for it; `related` rows are prefetched."""
    connection = schema_editor.connection
    fields = [model._meta.get_field(name) for name in columns]
    quote = connection.ops.quote_name
    assignments = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    sql = f"UPDATE {quote(model._meta.db_table)} SET {assignments} WHERE {quote(model._meta.pk.column)} = %s"  # noqa: S608  # names of columns
    for rows in _batches(model, related):
        changes = [(row, change(row)) for row in rows]
        parameters = [
            [
                *(
                    field.get_db_prep_save(values.get(field.name, getattr(row, field.attname)), connection)
                    for field in fields
                ),
                model._meta.pk.get_db_prep_value(row.pk, connection),
            ]
            for row, values in changes
            if any(
                getattr(row, field.attname) != values.get(field.name, getattr(row, field.attname)) for field in fields
            )
        ]
        if parameters:
            with connection.cursor() as cursor:
                cursor.executemany(sql, parameters)


def make_distinct(model: Any, name: str, key: str) -> None:
    """Number all but the first of the rows that share a key: “AB-1”, “AB-1 (2)”; say so."""
    seen: dict[str, int] = {}
    for row in model.objects.order_by("created_at", "pk").only("pk", name, key):
        count = seen[getattr(row, key)] = seen.get(getattr(row, key), 0) + 1
        if count == 1:
            continue
        old = new = getattr(row, name)
        while comparison_key(new) in seen:
            new = f"{old} ({count})"
            count += 1
        seen[comparison_key(new)] = 1
        model.objects.filter(pk=row.pk).update(**{name: new, key: comparison_key(new)})
        print(f"  {model._meta.verbose_name} {row.pk}: “{old}” is “{new}” now, since another one reads the same.")  # noqa: T201


def _batches(model: Any, related: Sequence[Any]) -> Iterator[list[Any]]:
    rows = model.objects.order_by("pk").prefetch_related(*related)
    last = None
    while batch := list((rows if last is None else rows.filter(pk__gt=last))[:BATCH]):
        yield batch
        last = batch[-1].pk
