"""Print views of credit notes and slips of refunds: pages without the frame of the admin."""

from typing import Any

from django.shortcuts import get_object_or_404

from billing.documents.credit_note import CreditNoteDocument
from billing.documents.refund import RefundSlip
from billing.models import CreditNote, Refund
from billing.roles import READ_CREDIT_NOTES, READ_INVOICES, READ_REFUNDS
from clinic.admin import AdminPage, change_url, register_page


@register_page("billing/creditnote/<uuid:pk>/print/", name="billing_creditnote_print")
class CreditNotePrintPage(AdminPage):
    """The print view of a credit note."""

    template_name = "admin/billing/invoice_print/credit_note.html"
    permissions = (READ_CREDIT_NOTES.django_permission, READ_INVOICES.django_permission)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        note = get_object_or_404(CreditNote.objects.select_related("invoice__patient"), pk=kwargs["pk"])
        return super().get_context_data(document=CreditNoteDocument.of(note), back=change_url(note), **kwargs)


@register_page("billing/refund/<uuid:pk>/print/", name="billing_refund_print")
class RefundSlipPage(AdminPage):
    """The slip of a refund, with a line for the signature of whoever gets the money."""

    template_name = "admin/billing/invoice_print/refund_slip.html"
    permissions = (READ_REFUNDS.django_permission, READ_INVOICES.django_permission)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        refunds = Refund.objects.select_related("invoice")
        refund = get_object_or_404(refunds, pk=kwargs["pk"])
        return super().get_context_data(document=RefundSlip.of(refund), back=change_url(refund), **kwargs)
