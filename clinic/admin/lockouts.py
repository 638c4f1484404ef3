"""Admin of login lockouts: failed logins by name and address, and an action that lifts a lockout."""

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clinic.admin.actions import action
from clinic.admin.columns import display
from clinic.admin.dialogs import Dialog, DialogForm
from clinic.admin.model_admins import ReadOnlyAdmin
from clinic.admin.sidebar import OPERATIONS, add_to_sidebar, list_entry
from clinic.i18n.display import format_datetime
from clinic.web.lockout import reset_failures

LIFT_LOCKOUT = "axes.change_accessattempt"
SEE_ALL_FAILURES = "auth.change_user"

add_to_sidebar(list_entry(OPERATIONS, 40, _("Lock-outs"), "lock_person", "axes.accessattempt"))


def is_locked_out(attempt: AccessAttempt) -> bool:
    """Return whether logins with that name from that address are refused now."""
    if attempt.failures_since_start < settings.AXES_FAILURE_LIMIT:
        return False
    return bool(attempt.attempt_time + settings.AXES_COOLOFF_TIME > timezone.now())


AccessAttempt.__str__ = lambda attempt: attempt.username or ""  # the package's is English, with a time in UTC


@admin.register(AccessAttempt)
class LockOutAdmin(ReadOnlyAdmin):
    """List of failed logins, counted by name and address; passwords are not stored.

    Who may not change logins sees lockouts only, and not whoever mistyped a password once.
    """

    list_display = ["username", "ip_address", "failures_since_start", "state", "last_tried"]
    search_fields = ["username", "ip_address"]
    search_help_text = _("Name or address")
    ordering = ["-attempt_time"]
    fields = ["username", "ip_address", "failures_since_start", "access", "last_tried"]
    readonly_fields = ["access", "last_tried"]
    actions = ["let_all_in"]
    actions_row = ["let_in"]
    actions_detail = ["let_in"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessAttempt]:
        rows: QuerySet[AccessAttempt] = super().get_queryset(request)
        if request.user.has_perm(SEE_ALL_FAILURES):
            return rows
        since = timezone.now() - settings.AXES_COOLOFF_TIME
        return rows.filter(failures_since_start__gte=settings.AXES_FAILURE_LIMIT, attempt_time__gt=since)

    @display(description=_("Access"), label={"locked": "danger", "open": "success"})
    def state(self, attempt: AccessAttempt) -> tuple[str, str]:
        return "locked" if is_locked_out(attempt) else "open", self.access(attempt)

    @display(description=_("Access"))
    def access(self, attempt: AccessAttempt) -> str:
        """Return the text of the badge, for the page of one attempt."""
        if not is_locked_out(attempt):
            return gettext("open")
        until = format_datetime(attempt.attempt_time + settings.AXES_COOLOFF_TIME)
        return gettext("locked until %(moment)s") % {"moment": until}

    @display(description=_("Last tried"), ordering="attempt_time")
    def last_tried(self, attempt: AccessAttempt) -> str:
        return format_datetime(attempt.attempt_time)

    @action(permissions=[LIFT_LOCKOUT], description=_("Unlock"))
    def let_all_in(self, request: HttpRequest, attempts: QuerySet[AccessAttempt]) -> str:
        locked_out = list(attempts)
        for attempt in locked_out:
            self._lift(request, attempt)
        count = len(locked_out)
        return ngettext("%(count)d user can log in again.", "%(count)d users can log in again.", count) % {
            "count": count
        }

    @action(
        permissions=[LIFT_LOCKOUT],
        description=_("Unlock"),
        dialog=Dialog(
            _("Unlock"),
            submit=_("Unlock"),
            text=_("The failed attempts are cleared, and the user can log in at once. Verify who is asking."),
        ),
        icon="lock_open",
    )
    def let_in(self, request: HttpRequest, attempt: AccessAttempt, _form: DialogForm) -> HttpResponse:
        self._lift(request, attempt)
        messages.success(request, _("%(name)s can log in again.") % {"name": attempt.username})
        return redirect("admin:axes_accessattempt_changelist")  # the record's own page no longer exists

    def _lift(self, request: HttpRequest, attempt: AccessAttempt) -> None:
        """Reset the failures, and write that to the history of the login, or of the lockout if there is no login."""
        name, address = attempt.username or "", attempt.ip_address or ""
        login = User.objects.filter(username=name).first()
        self.log_change(request, login or attempt, gettext("Unlocked for %(address)s.") % {"address": address})
        reset_failures(name, address)
