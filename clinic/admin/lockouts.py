"""Admin of login lockouts: failed logins by name and address, and an action that lifts a lockout."""

from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clinic.admin.actions import action
from clinic.admin.columns import display
from clinic.admin.dialogs import Dialog, DialogForm
from clinic.admin.model_admins import ReadOnlyAdmin
from clinic.admin.sidebar import OPERATIONS, add_to_sidebar, list_entry
from clinic.i18n.display import format_datetime
from clinic.web.lockout import reset_failures

LIFT_LOCKOUT = "axes.delete_accessattempt"

add_to_sidebar(list_entry(OPERATIONS, 40, _("Lock-outs"), "lock_person", "axes.accessattempt"))


def is_locked_out(attempt: AccessAttempt) -> bool:
    """Return whether logins with that name from that address are refused now."""
    if attempt.failures_since_start < settings.AXES_FAILURE_LIMIT:
        return False
    return bool(attempt.attempt_time + settings.AXES_COOLOFF_TIME > timezone.now())


@admin.register(AccessAttempt)
class LockOutAdmin(ReadOnlyAdmin):
    """List of failed logins, counted by name and address; passwords are not stored."""

    list_display = ["username", "ip_address", "failures_since_start", "state", "last_tried"]
    search_fields = ["username", "ip_address"]
    search_help_text = _("Name or address")
    ordering = ["-attempt_time"]
    fields = ["username", "ip_address", "failures_since_start", "state", "last_tried"]
    readonly_fields = ["state", "last_tried"]
    actions = ["let_all_in"]
    actions_row = ["let_in"]
    actions_detail = ["let_in"]

    @display(description=_("Door"), label={"locked": "danger", "open": "success"})
    def state(self, attempt: AccessAttempt) -> tuple[str, Any]:
        if not is_locked_out(attempt):
            return "open", _("open")
        return "locked", _("closed until %(moment)s") % {
            "moment": format_datetime(attempt.attempt_time + settings.AXES_COOLOFF_TIME)
        }

    @display(description=_("Last tried"), ordering="attempt_time")
    def last_tried(self, attempt: AccessAttempt) -> str:
        return format_datetime(attempt.attempt_time)

    @action(permissions=[LIFT_LOCKOUT], description=_("Let in again"))
    def let_all_in(self, _request: HttpRequest, attempts: QuerySet[AccessAttempt]) -> str:
        locked_out = list(attempts.values_list("username", "ip_address"))
        for name, address in locked_out:
            reset_failures(name, address)
        count = len(locked_out)
        return ngettext("%(count)d may try again.", "%(count)d may try again.", count) % {"count": count}

    @action(
        permissions=[LIFT_LOCKOUT],
        description=_("Let in again"),
        dialog=Dialog(
            _("Let in again"),
            submit=_("Let in again"),
            text=_("The failures are forgotten, and the password may be tried at once. Make sure who asks for it."),
        ),
        icon="lock_open",
    )
    def let_in(self, request: HttpRequest, attempt: AccessAttempt, _form: DialogForm) -> HttpResponse:
        reset_failures(attempt.username or "", attempt.ip_address or "")
        messages.success(request, _("%(name)s may try again.") % {"name": attempt.username})
        return redirect("admin:axes_accessattempt_changelist")  # the record's own page no longer exists
