"""The columns of lists: their headings and badges. How a value is written is in clinic/i18n/display.py."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold import decorators

Column = TypeVar("Column", bound=Callable[..., Any])


def display(
    *,
    description: Any,
    ordering: Any = None,
    label: bool | Mapping[str, str] | None = None,
    boolean: bool | None = None,
    header: bool | None = None,
) -> Callable[[Column], Column]:
    """Make a method of a page a column, or a read-only field, with this heading.

    `label=True` shows its value, or each value of a list, as a badge; `label={"shut": "danger"}` the text of a pair
    (value, text) in the colour of the value's variant. `header=True` shows a pair as a line and a smaller one under it.
    """
    said = {"description": description, "ordering": ordering, "label": label, "boolean": boolean, "header": header}

    def decorate(method: Column) -> Column:
        column: Column = decorators.display(method, **said)
        return column

    return decorate


def badge(text: Any, variant: str = "default", *, icon: str = "") -> SafeString:
    """A word in a coloured box. Variants: default, primary, info, success, warning, danger.

    A column of badges is easier written `@display(label={value: variant})` on a method that returns (value, text).
    """
    context = {"text": text, "variant": variant, "icon": icon}
    return render_to_string("unfold/helpers/label.html", context)
