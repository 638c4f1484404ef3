"""Details of an error: JSON pointers, quotations of input, and suggestions of the closest known name."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from clinic.domain.errors import FieldError, InvalidValue

MAX_ERRORS = 50  # in one answer
MAX_QUOTED = 60  # characters of a quotation
NEAR = 0.8  # of difflib: the similarity from which a known name is suggested for another
SURROGATE = re.compile("[\ud800-\udfff]")


def pointer(*steps: str | int) -> str:
    """Return the JSON pointer (RFC 6901) along these keys and indexes; lone surrogates are replaced.

    >>> pointer("items", 0, "a/b")
    '/items/0/a~1b'
    >>> pointer("\\ud800", "a")
    '/�/a'
    """
    text = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
    return text if text.isascii() else SURROGATE.sub("�", text)


def quote(value: object) -> str:
    """Return a value in quotation marks: printable, and cut after MAX_QUOTED characters.

    >>> quote("a" * 100) == "“" + "a" * 60 + "…”"
    True
    """
    text = str(value)
    text = text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}…"
    return f"“{''.join(character if character.isprintable() else '�' for character in text)}”"


def unknown_name(name: str, known: Iterable[str], *, pointer: str, code: str, names_all: bool = False) -> FieldError:
    """Return the error for an unknown key or parameter, with a known name that is near, or with all (`names_all`).

    >>> unknown_name("stauts", ["status", "tags"], pointer="?stauts", code="unknown_parameter").detail
    'Unknown parameter “stauts”. Did you mean “status”?'
    >>> unknown_name("colour", ["cursor", "tags"], pointer="/colour", code="unknown_key").detail
    'Unknown key “colour”.'
    >>> unknown_name("order", ["offset", "order_by"], pointer="?order", code="unknown_parameter").detail
    'Unknown parameter “order”. Did you mean “order_by”?'
    >>> unknown_name("updated_from", ["created_from"], pointer="?updated_from", code="unknown_parameter").detail
    'Unknown parameter “updated_from”.'
    """
    known = list(known)
    near = get_close_matches(name[:MAX_QUOTED], known, n=1, cutoff=NEAR)
    near = near or [each for each in known if each.startswith(f"{name}_")]
    hint = f" Did you mean {quote(near[0])}?" if near else ""
    listed = f" Use one of: {', '.join(known)}." if names_all else ""
    kind = {"unknown_key": "key", "unknown_parameter": "parameter"}.get(code, "field")
    return FieldError(pointer, code, f"Unknown {kind} {quote(name)}.{hint}{listed}")


def summary(errors: list[FieldError]) -> str:
    """Return the detail of a problem: the sentence of its one error, or the number of errors."""
    return errors[0].detail if len(errors) == 1 else f"{len(errors)} values are invalid; see “errors”."


def invalid_value(errors: list[FieldError], kind: type[InvalidValue] = InvalidValue) -> InvalidValue:
    """Return the exception for these errors; its code is that of the error if there is only one.

    >>> invalid_value([FieldError("/amount", "not_a_number", "Must be a number.")]).code
    'not_a_number'
    """
    return kind(summary(errors), errors=errors, code=errors[0].code if len(errors) == 1 else "")
