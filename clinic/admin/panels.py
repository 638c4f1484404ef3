"""Extension point: panels that other apps show above the form of a record's page, such as a patient's account."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

PanelFunction = Callable[[HttpRequest, Any], "tuple[str, dict[str, Any]] | None"]
_panels: dict[type[Model], list[PanelFunction]] = defaultdict(list)


def register_panel(model: type[Model]) -> Callable[[PanelFunction], PanelFunction]:
    """Add a panel to the page of a model's records: a function that returns a template and its context, or None.

        @register_panel(Patient)
        def account_panel(request, patient): ...

    The function is called for every user who may view the record, and has to check any other permission itself.
    """

    def decorate(panel: PanelFunction) -> PanelFunction:
        _panels[model].append(panel)
        return panel

    return decorate


def render_panels(request: HttpRequest, record: Any) -> list[SafeString]:
    """Return the HTML of a record's panels for the user, in the order of their registration."""
    contents = (panel(request, record) for panel in _panels[type(record)])
    return [render_to_string(template, context, request) for template, context in filter(None, contents)]
