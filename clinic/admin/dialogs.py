"""Questions before something is done: a form in a dialog, one verb of the domain, one answer.

Opened with GET, which changes nothing; sent with POST. A refusal of the rules (RuleBroken) is said in the dialog, which
stays open with what was typed.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from clinic.admin.error_messages import localized_message
from clinic.admin.form_fields import apply_theme_widget
from clinic.domain.errors import RuleBroken
from clinic.i18n.lazy_text import LazyText


class DialogForm(forms.Form):
    """What a dialog asks; without fields, only whether to go ahead.

    `record` is what it is about (None for a whole list). `preview` returns the effect; with
    `live = True` it is asked again, by the server, while somebody types.
    """

    live = False

    def __init__(self, data: Any = None, *, request: HttpRequest, record: Any = None) -> None:
        super().__init__(data)
        self.request = request
        self.record = record
        for field in self.fields.values():
            apply_theme_widget(field)

    def preview(self) -> LazyText:
        """A sentence or safe HTML above the fields: “Remaining after this: 54.99”."""
        return ""


class Dialog(NamedTuple):
    """How a dialog is worded."""

    title: LazyText
    submit: LazyText = _("Go ahead")
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
    """Show the dialog, or do what it asks and go `back`. A `template` of its own extends admin/dialog.html.

    `perform` is called once the form is valid; what it returns is said at the top of the next page, or, when it is a
    response, answered.
    """
    if request.method == "POST" and "_preview" not in request.POST and form.is_valid():
        try:
            done = perform(form)
        except RuleBroken as refusal:
            add_domain_error(form, refusal)
        else:
            return _leave(request, done, back)
    context = {"dialog": dialog, "form": form, "back": back, "url": request.get_full_path(), "title": dialog.title}
    frame = {} if "HX-Request" in request.headers else admin.site.each_context(request)
    return render(request, template, {**frame, **context})


def add_domain_error(form: forms.Form, refusal: RuleBroken) -> None:
    """Say a refusal in a form: at the fields that it points to, else above them."""
    placed = False
    for error in refusal.errors:
        name = error.pointer.strip("/").split("/")[0]
        if name in form.fields:
            form.add_error(name, localized_message(refusal, error))
            placed = True
    if not placed:
        form.add_error(None, localized_message(refusal))


def _leave(request: HttpRequest, done: LazyText | HttpResponse | None, back: str) -> HttpResponse:
    if isinstance(done, HttpResponseRedirect):
        back = done.url
    elif isinstance(done, HttpResponse):
        return done
    elif done:
        messages.success(request, str(done))
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": back})
    return HttpResponseRedirect(back)
