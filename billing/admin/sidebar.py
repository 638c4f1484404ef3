"""Sidebar entries of billing."""

from django.utils.translation import gettext_lazy as _

from clinic.admin import DESK, MONEY, RECORDS, Entry, register

register(
    Entry(DESK, 10, _("Overview"), "home", "admin:index", ""),
    Entry(DESK, 30, _("Invoices"), "receipt_long", "admin:billing_invoice_changelist", "billing.view_invoice"),
    Entry(MONEY, 10, _("Payments"), "payments", "admin:billing_payment_changelist", "billing.view_payment"),
    Entry(MONEY, 20, _("Refunds"), "undo", "admin:billing_refund_changelist", "billing.view_refund"),
    Entry(MONEY, 30, _("Credit notes"), "note_stack", "admin:billing_creditnote_changelist", "billing.view_creditnote"),
    Entry(MONEY, 40, _("Write-offs"), "money_off", "admin:billing_writeoff_changelist", "billing.view_writeoff"),
    Entry(RECORDS, 10, _("Price list"), "sell", "admin:billing_service_changelist", "billing.view_service"),
    Entry(RECORDS, 20, _("Tags"), "label", "admin:billing_tag_changelist", "billing.view_tag"),
    Entry(
        RECORDS,
        30,
        _("Closing of the books"),
        "lock_clock",
        "admin:billing_booksclosing_changelist",
        "billing.view_booksclosing",
    ),
    Entry(RECORDS, 40, _("Number series"), "tag", "admin:billing_numberseries_changelist", "billing.view_numberseries"),
)
