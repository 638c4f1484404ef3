"""Extension points: what other apps add to the pages of a model, such as the account to the page of a patient.

A panel is shown above the form of a record's page, a filter beside those of the list.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

PanelFunction = Callable[[HttpRequest, Any], "tuple[str, dict[str, Any]] | None"]
_panels: dict[type[Model], list[PanelFunction]] = defaultdict(list)
_list_filters: dict[type[Model], list[type]] = defaultdict(list)

Filter = TypeVar("Filter", bound=type)


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


def register_list_filter(model: type[Model]) -> Callable[[Filter], Filter]:
    """Add a filter, such as an OptionsFilter, to the list of a model that another app has."""

    def decorate(list_filter: Filter) -> Filter:
        _list_filters[model].append(list_filter)
        return list_filter

    return decorate


def added_list_filters(model: type[Model]) -> list[type]:
    """Return the filters that other apps added to the list of a model."""
    return _list_filters[model]
