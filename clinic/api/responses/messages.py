"""How an answer names what a client sent: pointers, shortened quotations, the name that was probably meant."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from clinic.domain.errors import FieldError, InvalidValue

MAX_ERRORS = 50  # more say nothing that helps
_SURROGATE = re.compile("[\ud800-\udfff]")


def pointer(*steps: str | int) -> str:
    """The JSON pointer (RFC 6901) that leads along these keys and positions.

    >>> pointer("items", 0, "a/b")
    '/items/0/a~1b'

    Half of a character in a key cannot leave as it came:

    >>> pointer("\\ud800", "a")
    '/�/a'
    """
    text = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
    return text if text.isascii() else _SURROGATE.sub("�", text)


def quoted(text: object) -> str:
    """What was sent, in quotation marks, at most 60 characters of it, printable.

    >>> quoted("a" * 100) == "“" + "a" * 60 + "…”"
    True
    """
    shown = str(text)
    shown = shown if len(shown) <= 60 else f"{shown[:60]}…"
    return f"“{''.join(sign if sign.isprintable() else '�' for sign in shown)}”"


def unknown(name: str, known: Iterable[str], *, pointer: str, code: str) -> FieldError:
    """The error of a key or parameter that does not exist, with the closest one that does."""
    close = get_close_matches(name[:60], list(known), n=1)
    hint = f" Did you mean {quoted(close[0])}?" if close else ""
    return FieldError(pointer, code, f"{quoted(name)} is not known here.{hint}")


def text_error(text: str) -> str:
    """Why a text cannot be stored, as a sentence; "" when it can.

    >>> text_error("plain"), text_error("nul\\0")
    ('', 'The text contains a NUL character.')
    """
    if "\0" in text:
        return "The text contains a NUL character."
    if not text.isascii() and _SURROGATE.search(text):
        return "The text contains half of a character (a lone surrogate)."
    return ""


def sentence(errors: list[FieldError]) -> str:
    """What the whole problem says: the one error's sentence, or how many there are."""
    return errors[0].detail if len(errors) == 1 else f"{len(errors)} values are not valid; see “errors”."


def bad_value(errors: list[FieldError], kind: type[InvalidValue] = InvalidValue) -> InvalidValue:
    """The refusal that tells of all these errors; of one alone, with its code.

    >>> bad_value([FieldError("/amount", "not_a_number", "This is not a number.")]).code
    'not_a_number'
    """
    return kind(sentence(errors), errors=errors, code=errors[0].code if len(errors) == 1 else "")
