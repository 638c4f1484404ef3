"""Admin actions of lists and record pages: POST only, and every permission checked at each call.

The theme's own actions run on GET, and without permissions for any staff user. A system check therefore refuses actions
that are not made with `action` from this module.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from unfold.enums import ActionVariant

from clinic.admin.dialogs import Dialog, DialogForm, run_dialog
from clinic.admin.error_messages import localized_message
from clinic.admin.pages import change_url, list_url
from clinic.domain.errors import RuleBroken
from clinic.i18n.lazy_text import LazyText

ACTION_MARKER = "clinic_action"  # an attribute of every action that was made with `action`


def action(
    *,
    permissions: Iterable[str],
    description: LazyText,
    form: type[DialogForm] = DialogForm,
    dialog: Dialog | None = None,
    when: Callable[[Any], bool] | None = None,
    icon: str = "",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a method of a NoDeleteAdmin an action, for users with all of the permissions (`"billing.issue_invoice"`).

    In `actions` (of selected rows): the method is called with `(request, queryset)`, by POST only. It returns None, a
    message for the next page, or a response, such as a preview with a form that sends `action` and the rows again.

    In `actions_detail` and `actions_row` (of one record) and in `actions_list` (of no record): a dialog with the fields
    of `form` and the texts of `dialog` comes first. Once the form is valid, the method is called with
    `(request, record, form)` (`record` is None in `actions_list`), calls one operation, and returns a message, a
    redirect, or None. Where `when(record)` is false, there is no button and a request is answered 403.
    """
    needed = tuple(permissions)
    if not needed or not all("." in permission for permission in needed):
        raise ValueError("An action names its permissions, each as app.codename.")
    confirmation = dialog or Dialog(description, submit=description)

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def checked(model_admin: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not request.user.has_perms(needed):
                raise PermissionDenied
            if args and isinstance(args[0], QuerySet):
                return _run_on_rows(method, model_admin, request, args[0])
            record = _get_record(model_admin, request, kwargs.get("object_id"))
            if when is not None and record is not None and not when(record):
                raise PermissionDenied
            return _run_dialog(form, confirmation, method, model_admin, request, record)

        attributes = {
            ACTION_MARKER: True,
            "when": when,
            # the attributes that Django and the theme read
            "original_function_name": method.__name__,
            "allowed_permissions": needed,
            "short_description": description,
            "icon": icon,
            "variant": ActionVariant.DEFAULT,
            "dialog": confirmation._asdict(),
            "attrs": {},
        }
        vars(checked).update(attributes)
        return checked

    return decorate


def may_run(request: HttpRequest, method: Any) -> bool:
    """Return whether the user has all permissions of an action; false for one that was not made with `action`."""
    return getattr(method, ACTION_MARKER, False) and request.user.has_perms(method.allowed_permissions)


def _run_dialog(
    form: type[DialogForm],
    dialog: Dialog,
    method: Callable[..., Any],
    model_admin: Any,
    request: HttpRequest,
    record: Any,
) -> HttpResponse:
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    return run_dialog(
        request,
        form(request.POST if request.method == "POST" else None, request=request, record=record),
        dialog,
        perform=lambda valid_form: method(model_admin, request, record, valid_form),
        back=list_url(model_admin.model) if record is None else change_url(record),
    )


def _run_on_rows(method: Callable[..., Any], model_admin: Any, request: HttpRequest, rows: QuerySet[Any]) -> Any:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        result = method(model_admin, request, rows)
    except RuleBroken as error:
        messages.error(request, localized_message(error))
        return None
    if result is None or isinstance(result, HttpResponseBase):
        return result
    messages.success(request, str(result))
    return None


def _get_record(model_admin: Any, request: HttpRequest, object_id: str | None) -> Any:
    if object_id is None:
        return None
    record = model_admin.get_object(request, unquote(object_id))
    if record is None:
        raise Http404
    if not model_admin.has_view_or_change_permission(request, record):
        raise PermissionDenied
    return record
