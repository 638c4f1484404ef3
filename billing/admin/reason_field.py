"""Form field of the reason of an action."""

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
