"""Errors of the admin's forms: each beside its field and tied to it, with the focus on the first field at fault."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.translation import gettext_lazy as _

INCOMPLETE = _("This page is incomplete. Open it again.")


class FocusedBoundField(forms.BoundField):
    """Bound field that gets the focus if it is the first of its form with an error.

    Inputs of a group, such as radio buttons, are tied to the error as well.
    """

    def build_widget_attrs(self, attrs: Any, widget: forms.Widget | None = None) -> dict[str, Any]:
        built: dict[str, Any] = super().build_widget_attrs(attrs, widget)
        if not self.form.is_bound or self.is_hidden:
            return built
        if self.errors and self.use_fieldset:
            built.setdefault("aria-describedby", self.aria_describedby)
        if first := first_error(self.form.visible_fields()):
            built["autofocus"] = first == self.html_name
        return built


class FormRenderer(DjangoTemplates):
    """Renderer of all forms (settings.FORM_RENDERER)."""

    bound_field_class = FocusedBoundField


def first_error(fields: Iterable[forms.BoundField]) -> str:
    """Return the name of the first input with an error, or an empty string."""
    return next((field.html_name for field in fields if field.errors), "")


def report_hidden_errors(form: forms.BaseForm) -> None:
    """Add an error to the form if a hidden field is invalid: an error of the field itself is not displayed.

    A form calls it in `clean`.
    """
    if any(field.errors for field in form.hidden_fields()) and not form.non_field_errors():
        form.add_error(None, INCOMPLETE)
