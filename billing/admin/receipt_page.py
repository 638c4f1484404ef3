"""Page of the receipt of a payment, to which the page that takes a payment leads."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.documents.receipt import Receipt
from billing.models import Payment
from clinic.admin import AdminPage, Breadcrumb, register_page


@register_page("cash-desk/receipt/<uuid:pk>/", name="billing_receipt")
class ReceiptPage(AdminPage):
    """The receipt of a payment: its number, the change, the invoices that it paid, and what happened to it since."""

    title = _("Receipt")
    permissions = ("billing.view_payment", "billing.view_invoice", "patients.view_patient")
    template_name = "admin/billing/take_payment/receipt.html"

    def get_breadcrumbs(self) -> list[Breadcrumb]:
        return [Breadcrumb(_("Payments"), reverse("admin:billing_payment_changelist")), *super().get_breadcrumbs()]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        payment = get_object_or_404(Payment, pk=kwargs["pk"], reverses=None)
        return super().get_context_data(payment=payment, receipt=Receipt.of(payment), **kwargs)
