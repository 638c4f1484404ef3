"""Columns of lists: headings and badges. The formats of values are in clinic/i18n/display.py."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold import decorators

Column = TypeVar("Column", bound=Callable[..., Any])


display: Callable[..., Callable[[Column], Column]] = decorators.display
"""Make a method of a ModelAdmin a column, or a read-only field, with the heading `description`.

`label=True` displays the value, or each value of a list, as a badge. With `label={"locked": "danger"}` the method
returns (value, text), and the value selects the badge's variant. With `header=True` it returns a pair, which is
displayed as two lines.
"""


def badge(text: Any, variant: str = "default", *, icon: str = "") -> SafeString:
    """Return the HTML of a badge. Variants: default, primary, info, success, warning, danger.

    For a column of badges, use `@display(label={value: variant})` on a method that returns (value, text).
    """
    context = {"text": text, "variant": variant, "icon": icon}
    return render_to_string("unfold/helpers/label.html", context)
