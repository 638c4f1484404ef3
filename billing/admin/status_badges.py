"""Status badges: label, colour and icon; and the due date with the days overdue."""

from functools import cache

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from billing.choices import InvoiceStatus
from billing.models import Invoice
from clinic.admin import badge, format_date

# The colour and the icon (a name of Material Symbols) of each status.
COLOUR_AND_ICON: dict[InvoiceStatus, tuple[str, str]] = {
    InvoiceStatus.DRAFT: ("default", "edit"),
    InvoiceStatus.ISSUED: ("info", "send"),
    InvoiceStatus.PARTIALY_PAID: ("warning", "timelapse"),
    InvoiceStatus.PAID: ("success", "check"),
    InvoiceStatus.VOID: ("default", "block"),
    InvoiceStatus.WRITTEN_OFF: ("danger", "money_off"),
}


def status_badge(status: str) -> SafeString:
    """Return the badge of an invoice status, in the current language."""
    return _badge(InvoiceStatus(status), False, get_language())


def invoice_badge(invoice: Invoice) -> SafeString:
    """Return the badge of an invoice's status; of a fully credited one, “Credited”."""
    return _badge(InvoiceStatus(invoice.status), invoice.is_fully_credited, get_language())


@cache  # a list displays fifty badges of seven kinds
def _badge(status: InvoiceStatus, is_fully_credited: bool, _language: str | None) -> SafeString:
    if is_fully_credited:
        return badge(_("Credited"), "default", icon="undo")
    colour, icon = COLOUR_AND_ICON[status]
    return badge(status.label, colour, icon=icon)


def overdue_text(invoice: Invoice) -> str:
    """Return “overdue by 12 days”, or an empty string if nothing is overdue."""
    days = invoice.days_overdue()
    if not days:
        return ""
    return ngettext("overdue by %(days)s day", "overdue by %(days)s days", days) % {"days": days}


def due_date_with_age(invoice: Invoice) -> SafeString:
    """Return the due date with the days overdue below it, as HTML."""
    overdue = overdue_text(invoice)
    if not overdue:
        return format_html("{}", format_date(invoice.due_date))
    return format_html('{}<span class="clinic-overdue">{}</span>', format_date(invoice.due_date), overdue)
