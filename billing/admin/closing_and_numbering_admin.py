"""Admin of the closing of the books, with the action that closes them, and of the number series."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.admin.dialogs.base import OnceForm, PreviewLine, render_preview
from billing.admin.reason_field import ReasonField
from billing.models import BooksClosing, NumberSeries
from billing.operations.closing import close_books
from billing.reports.closing_effect import closing_effect
from billing.roles import CLOSE_BOOKS
from clinic.admin import (
    Dialog,
    ReadOnlyAdmin,
    action,
    format_date,
    format_quantity,
    list_url,
    localized_message,
    validate_year,
)
from clinic.admin.idempotent_forms import SubmitResult, run_once
from clinic.domain.dates import today
from clinic.domain.errors import RuleBroken
from clinic.i18n.lazy_text import LazyText


@admin.register(NumberSeries)
class NumberSeriesAdmin(ReadOnlyAdmin):
    """The last number of each series; numbers are assigned when a document is created."""

    list_display = ["document", "year", "last_number"]
    ordering = ["-year", "document"]


class CloseBooksForm(OnceForm):
    """The last day to close, at first that of the last month; with a preview of what is dated in the period."""

    live = True

    through = forms.DateField(label=_("Last day of the period"), validators=[validate_year])
    reason = ReasonField(label=_("Reason"))
    confirmed = forms.BooleanField(label=_("Close this period for good"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["through"] = today().replace(day=1) - timedelta(days=1)

    def preview(self) -> LazyText:
        """Return what is dated in the period, or why it cannot be closed."""
        through = self.initial["through"]
        if self.is_bound:
            self.is_valid()
            through = self.cleaned_data.get("through")
        return _preview(through) if through else ""


def _preview(through: date) -> LazyText:
    try:
        BooksClosing.objects.check_closing(through, at=timezone.now())
    except RuleBroken as refusal:
        return render_preview([], notes=[localized_message(refusal)])
    effect = closing_effect(through)
    before = format_date(effect.closed_through) if effect.closed_through else gettext("not closed yet")
    counts = (
        (_("Invoices in the period"), effect.invoices),
        (_("of which still open"), effect.still_open),
        (_("Drafts in the period, which will need another date"), effect.drafts),
    )
    lines = [PreviewLine(_("Closed through"), before)]
    lines.append(PreviewLine(_("Closed through after this"), format_date(through), is_main=True))
    lines += [PreviewLine(label, format_quantity(Decimal(count))) for label, count in counts]
    return render_preview(lines)


@admin.register(BooksClosing)
class BooksClosingAdmin(ReadOnlyAdmin):
    """The closing dates of the books. `manage.py close_books` calls the same operation."""

    list_display = ["closed_through", "reason", "created_by", "created_at"]
    list_select_related = ["created_by"]
    fields = ["closed_through", "reason", "created_by", "created_at", "client"]
    actions_list = ["close_books"]

    @action(
        permissions=[CLOSE_BOOKS.django_permission],
        description=_("Close the books"),
        form=CloseBooksForm,
        dialog=Dialog(
            _("Close the books"),
            submit=_("Close the books"),
            text=_(
                "After this, no invoice, payment, refund or reversal can be dated on or before the last day of the"
                " period. The date only moves forward: this cannot be undone."
            ),
            is_dangerous=True,
        ),
        icon="lock_clock",
    )
    def close_books(self, request: HttpRequest, _record: None, form: CloseBooksForm) -> str:
        """Close the books once, however often the form is sent."""
        values = form.cleaned_data

        def close() -> SubmitResult:
            closing = close_books(
                through=values["through"], reason=values["reason"], by=cast("User", request.user), at=timezone.now()
            )
            text = gettext("The books are closed through %(day)s.") % {"day": format_date(closing.closed_through)}
            return SubmitResult(text, list_url(BooksClosing))

        return run_once(request, values["once"], close).text
