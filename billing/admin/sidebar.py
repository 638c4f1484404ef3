"""Sidebar entries of billing."""

from django.utils.translation import gettext_lazy as _

from clinic.admin import DAILY_WORK, MONEY, RECORDS, SidebarEntry, add_to_sidebar

add_to_sidebar(
    SidebarEntry(DAILY_WORK, 10, _("Overview"), "home", "admin:index", ""),
    SidebarEntry(
        DAILY_WORK, 30, _("Invoices"), "receipt_long", "admin:billing_invoice_changelist", "billing.view_invoice"
    ),
    SidebarEntry(MONEY, 10, _("Payments"), "payments", "admin:billing_payment_changelist", "billing.view_payment"),
    SidebarEntry(MONEY, 20, _("Refunds"), "undo", "admin:billing_refund_changelist", "billing.view_refund"),
    SidebarEntry(
        MONEY, 30, _("Credit notes"), "note_stack", "admin:billing_creditnote_changelist", "billing.view_creditnote"
    ),
    SidebarEntry(MONEY, 40, _("Write-offs"), "money_off", "admin:billing_writeoff_changelist", "billing.view_writeoff"),
    SidebarEntry(RECORDS, 10, _("Price list"), "sell", "admin:billing_service_changelist", "billing.view_service"),
    SidebarEntry(RECORDS, 20, _("Tags"), "label", "admin:billing_tag_changelist", "billing.view_tag"),
    SidebarEntry(
        RECORDS,
        30,
        _("Closing of the books"),
        "lock_clock",
        "admin:billing_booksclosing_changelist",
        "billing.view_booksclosing",
    ),
    SidebarEntry(
        RECORDS, 40, _("Number series"), "tag", "admin:billing_numberseries_changelist", "billing.view_numberseries"
    ),
)
