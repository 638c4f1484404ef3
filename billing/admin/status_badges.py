"""How a status is shown, in lists and on pages: a word in a colour, with a sign that does without the colour."""

from datetime import date
from functools import cache

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext

from billing.choices import InvoiceStatus
from billing.models import Invoice
from billing.rules.ageing import days_overdue
from clinic.admin import badge, day
from clinic.domain.dates import today

# The colour and the sign (a name of Material Symbols) of each status.
LOOKS: dict[InvoiceStatus, tuple[str, str]] = {
    InvoiceStatus.DRAFT: ("default", "edit"),
    InvoiceStatus.ISSUED: ("info", "send"),
    InvoiceStatus.PARTIALY_PAID: ("warning", "timelapse"),
    InvoiceStatus.PAID: ("success", "check"),
    InvoiceStatus.VOID: ("default", "block"),
    InvoiceStatus.WRITTEN_OFF: ("danger", "money_off"),
}


def status_badge(status: str) -> SafeString:
    """The word of a status in its colour."""
    return _badge(InvoiceStatus(status), get_language())


@cache  # a list has fifty, of six kinds
def _badge(status: InvoiceStatus, _language: str | None) -> SafeString:
    colour, sign = LOOKS[status]
    return badge(status.label, colour, icon=sign)


def late_by(invoice: Invoice, *, on: date | None = None) -> str:
    """“overdue by 12 days”; empty where nothing is owed since before that day (today)."""
    is_owed = invoice.status != InvoiceStatus.DRAFT and invoice.remaining_amount > 0
    days = days_overdue(invoice.due_day, on or today()) if is_owed else 0
    if not days:
        return ""
    return ngettext("overdue by %(days)s day", "overdue by %(days)s days", days) % {"days": days}


def due_with_age(invoice: Invoice) -> SafeString:
    """The due day, and under it by how much it is overdue."""
    late = late_by(invoice)
    if not late:
        return format_html("{}", day(invoice.due_date))
    return format_html('{}<span class="desk-late">{}</span>', day(invoice.due_date), late)
