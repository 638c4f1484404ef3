"""Format of register numbers such as INV-2026-000123, and of the names that drafts have until they are issued.

`models/numbering.py` has the series, and draws the next number.
"""

import re
from string import digits
from typing import NamedTuple

from billing.choices import NumberedDocument

MIN_DIGITS = 6
DRAFT_PREFIX = "DRAFT-"
DRAFT_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # base 32
DRAFT_LENGTH = 10  # characters after the prefix

_NUMBER = re.compile(rf"({'|'.join(NumberedDocument.values)})-([0-9]{{4}})-([0-9]{{{MIN_DIGITS},18}})")
_DRAFT = re.compile(rf"{DRAFT_PREFIX}[{DRAFT_CHARACTERS}]{{{DRAFT_LENGTH}}}")


class RegisterNumber(NamedTuple):
    """The parts of a register number."""

    document: NumberedDocument
    year: int
    number: int


def format_number(document: NumberedDocument, year: int, number: int) -> str:
    """Return a register number with at least MIN_DIGITS digits.

    >>> format_number(NumberedDocument.INVOICE, 2026, 123), format_number(NumberedDocument.INVOICE, 2026, 1234567)
    ('INV-2026-000123', 'INV-2026-1234567')
    """
    return f"{document.value}-{year}-{number:0{MIN_DIGITS}d}"


def parse_number(text: str) -> RegisterNumber | None:
    """Return the parts of a register number; None for any text that `format_number` does not return.

    >>> parse_number("CN-2026-000007")
    RegisterNumber(document=NumberedDocument.CREDIT_NOTE, year=2026, number=7)
    >>> parse_number("CN-2026-0000007")
    """
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    parts = RegisterNumber(NumberedDocument(found[1]), int(found[2]), int(found[3]))
    return parts if format_number(*parts) == text else None


def number_order(number: str) -> tuple[str, int, str]:
    """Return the key that sorts register numbers as numbers: the series, then the length, then the digits.

    >>> number_order("INV-2026-999999") < number_order("INV-2026-1000000") < number_order("INV-2027-000001")
    True
    """
    return number.rstrip(digits), len(number), number


def number_pattern(document: NumberedDocument, year: int) -> str:
    """Return a regular expression, for queries, of the register numbers of a document and year.

    >>> numbers = ["INV-2026-000123", "INV-2026-1234567", "INV-2026-0123456", "INV-2026-123", "INV-2025-000123"]
    >>> [re.match(number_pattern(NumberedDocument.INVOICE, 2026), number) is not None for number in numbers]
    [True, True, False, False, False]
    """
    return f"^{document.value}-{year}-([0-9]{{{MIN_DIGITS}}}|[1-9][0-9]{{{MIN_DIGITS},}})$"


def is_draft_name(text: str) -> bool:
    """Return whether a text is the name of a draft.

    >>> is_draft_name("DRAFT-ABCDEFGH27"), is_draft_name("DRAFT-ABC"), is_draft_name("INV-2026-000123")
    (True, False, False)
    """
    return _DRAFT.fullmatch(text) is not None
