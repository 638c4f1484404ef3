"""What another app shows above the form of a record's page, such as a patient's account: patients knows of no money."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

Maker = Callable[[HttpRequest, Any], "tuple[str, dict[str, Any]] | None"]
_makers: dict[type[Model], list[Maker]] = defaultdict(list)


def register_panel(model: type[Model]) -> Callable[[Maker], Maker]:
    """Let a function say what stands above the form of this model's records: a template and its context, or None.

        @panel(Patient)
        def account(request, patient): ...

    It is asked for everybody who may see the record, so it asks for further permissions itself.
    """

    def add(make: Maker) -> Maker:
        _makers[model].append(make)
        return make

    return add


def render_panels(request: HttpRequest, record: Any) -> list[SafeString]:
    """The panels of a record for this person, in the order in which they were added."""
    made = (make(request, record) for make in _makers[type(record)])
    return [render_to_string(template, context, request) for template, context in filter(None, made)]
