"""What can be done from a list or a record's page. Nothing happens without a permission, nor on GET.

The theme runs an action without permissions for any staff user, on GET. So this module's `action` is the only one that
the product uses (a system check says so): it asks for every permission itself, at each call, whatever drew the button.
"""

from collections.abc import Callable, Iterable
from functools import partial, wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.urls import reverse
from unfold.enums import ActionVariant

from clinic.admin.dialogs import Dialog, DialogForm, run_dialog
from clinic.admin.error_messages import localized_message
from clinic.domain.errors import RuleBroken
from clinic.i18n.lazy_text import LazyText

MARK = "clinic_action"  # every action made here carries it


def action(
    *,
    permissions: Iterable[str],
    description: LazyText,
    form: type[DialogForm] = DialogForm,
    dialog: Dialog | None = None,
    reads: bool = False,
    when: Callable[[Any], bool] | None = None,
    icon: str = "",
    variant: str = "default",
    url_path: str | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a method of a NoDeleteAdmin an action, for users with all of the permissions (`"billing.issue_invoice"`).

    In `actions` (of chosen rows): the method is given `(request, queryset)`; it is only ever called by POST. It
    returns None, a sentence for the next page, or a response: the dry preview is one, a page with a form that sends
    `action` and the chosen rows again.

    In `actions_detail` and `actions_row` (of one record) and in `actions_list` (of no row): a dialog asks first, with
    the fields of `form`, worded by `dialog`. The method is given `(request, record, form)` once it was answered
    (`record` is None in `actions_list`), makes its one call of the domain, and returns a sentence, a redirect, or None.
    `when(record)` says whether the record allows it now: else there is no button and a request for it is refused.

    With `reads`, there is no dialog: the method is given `(request, record)`, answers GET, and changes nothing.
    """
    needed = tuple(permissions)
    if not needed or not all("." in permission for permission in needed):
        raise ValueError("An action names its permissions, each as app.codename.")
    worded = dialog or Dialog(description, submit=description)

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        run = _read if reads else partial(_ask, form, worded)

        @wraps(method)
        def guarded(model_admin: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not request.user.has_perms(needed):
                raise PermissionDenied
            if args and isinstance(args[0], QuerySet):
                return _of_rows(method, model_admin, request, args[0])
            record = _record(model_admin, request, kwargs.get("object_id"))
            if when is not None and record is not None and not when(record):
                raise PermissionDenied
            return run(method, model_admin, request, record)

        said = {MARK: True, "original_function_name": method.__name__, "attrs": {}, "when": when, "reads": reads}
        said |= {"allowed_permissions": needed, "short_description": description}
        said |= {"icon": icon, "variant": ActionVariant(variant), "dialog": None if reads else worded._asdict()}
        vars(guarded).update(said if url_path is None else {**said, "url_path": url_path})
        return guarded

    return decorate


def may_run(request: HttpRequest, method: Any) -> bool:
    """Whether the person has every permission of an action; one that was not made here, nobody may run."""
    return getattr(method, MARK, False) and request.user.has_perms(method.allowed_permissions)


def _read(method: Callable[..., Any], model_admin: Any, request: HttpRequest, record: Any) -> Any:
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    return method(model_admin, request, record)


def _ask(
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
        perform=lambda answered: method(model_admin, request, record, answered),
        back=_page_of(model_admin, record),
    )


def _of_rows(method: Callable[..., Any], model_admin: Any, request: HttpRequest, rows: QuerySet[Any]) -> Any:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        done = method(model_admin, request, rows)
    except RuleBroken as refusal:
        messages.error(request, localized_message(refusal))
        return None
    if done is None or isinstance(done, HttpResponseBase):
        return done
    messages.success(request, str(done))
    return None


def _record(model_admin: Any, request: HttpRequest, object_id: str | None) -> Any:
    if object_id is None:
        return None
    record = model_admin.get_object(request, unquote(object_id))
    if record is None:
        raise Http404
    if not model_admin.has_view_or_change_permission(request, record):
        raise PermissionDenied
    return record


def _page_of(model_admin: Any, record: Any) -> str:
    """The record's page, or the list."""
    meta = model_admin.opts
    if record is None:
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk])
