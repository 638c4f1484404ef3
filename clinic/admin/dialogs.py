"""Dialogs of actions: a form with a preview that calls one operation when it is submitted.

GET shows the dialog and changes nothing; POST submits it. A domain error (RuleBroken) is shown in the dialog, which
stays open with the values that were entered.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from clinic.admin.error_messages import localized_message
from clinic.admin.form_errors import report_hidden_errors
from clinic.admin.form_fields import apply_theme_widget
from clinic.domain.errors import RuleBroken
from clinic.i18n.lazy_text import LazyText


class DialogForm(forms.Form):
    """Form of a dialog; without fields, it only asks for confirmation.

    `record` is the record that the action is about (None for a whole list). `preview` describes the effect beforehand;
    with `live = True` the server renders it again whenever a field changes.
    """

    live = False

    def __init__(self, data: Any = None, *, request: HttpRequest, record: Any = None) -> None:
        super().__init__(data)
        self.request = request
        self.record = record
        for field in self.fields.values():
            apply_theme_widget(field)

    def clean(self) -> dict[str, Any]:
        report_hidden_errors(self)
        return dict(super().clean() or {})

    def preview(self) -> LazyText:
        """Return a sentence or safe HTML for the top of the dialog, such as “Remaining after this: 54.99”."""
        return ""


class Dialog(NamedTuple):
    """Texts of a dialog."""

    title: LazyText
    submit: LazyText = _("Continue")
    text: LazyText = ""
    is_dangerous: bool = False


def run_dialog(
    request: HttpRequest,
    form: DialogForm,
    dialog: Dialog,
    *,
    perform: Callable[[DialogForm], LazyText | HttpResponse | None],
    back: str,
    template: str = "admin/dialog.html",
) -> HttpResponse:
    """Show the dialog, or call `perform` and redirect to the URL `back`. Another `template` extends admin/dialog.html.

    `perform` is called with the valid form. It returns a message for the next page, a response, or None.
    """
    if request.method == "POST" and "_preview" not in request.POST and form.is_valid():
        try:
            result = perform(form)
        except RuleBroken as error:
            add_domain_error(form, error)
        else:
            return _close(request, result, back)
    context = {"dialog": dialog, "form": form, "back": back, "url": request.get_full_path(), "title": dialog.title}
    frame = {} if "HX-Request" in request.headers else admin.site.each_context(request)
    return render(request, template, {**frame, **context})


def add_domain_error(form: forms.Form, error: RuleBroken) -> None:
    """Add a domain error to the fields that it points to, or to the whole form if it points to none."""
    placed = False
    for field_error in error.errors:
        name = field_error.pointer.strip("/").split("/")[0]
        if name in form.fields and not form[name].is_hidden:
            form.add_error(name, localized_message(error, field_error))
            placed = True
    if not placed:
        form.add_error(None, localized_message(error))


def _close(request: HttpRequest, result: LazyText | HttpResponse | None, back: str) -> HttpResponse:
    if isinstance(result, HttpResponseRedirect):
        back = result.url
    elif isinstance(result, HttpResponse):
        return result
    elif result:
        messages.success(request, str(result))
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": back})
    return HttpResponseRedirect(back)
