"""Form fields of several pages: the reason of an action, and the version of an invoice that a form carries."""

from typing import Any

from django import forms

from billing.rules.limits import REASON_LENGTH
from clinic.admin import TextFormField


class ReasonField(TextFormField):
    """Reason of an action, which the history of the record shows."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": REASON_LENGTH, **kwargs})
        self.widget.attrs["rows"] = 2


def parse_version(text: str) -> int | None:
    """Return the version of an invoice that a form or a URL carries; None for a text that is no number.

    >>> parse_version("7"), parse_version("²")
    (7, None)
    """
    try:
        return int(text)
    except ValueError:
        return None
