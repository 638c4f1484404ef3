"""Sidebar entries of billing."""

from django.utils.translation import gettext_lazy as _

from clinic.admin import DAILY_WORK, MONEY, RECORDS, SidebarEntry, add_to_sidebar, list_entry

add_to_sidebar(
    SidebarEntry(DAILY_WORK, 10, _("Overview"), "home", "admin:index", ""),
    list_entry(DAILY_WORK, 30, _("Invoices"), "receipt_long", "billing.invoice"),
    list_entry(MONEY, 10, _("Payments"), "payments", "billing.payment"),
    list_entry(MONEY, 20, _("Refunds"), "undo", "billing.refund"),
    list_entry(MONEY, 30, _("Credit notes"), "note_stack", "billing.creditnote"),
    list_entry(MONEY, 40, _("Write-offs"), "money_off", "billing.writeoff"),
    list_entry(RECORDS, 10, _("Price list"), "sell", "billing.service"),
    list_entry(RECORDS, 20, _("Tags"), "label", "billing.tag"),
    list_entry(RECORDS, 30, _("Closing of the books"), "lock_clock", "billing.booksclosing"),
    list_entry(RECORDS, 40, _("Number series"), "tag", "billing.numberseries"),
)
