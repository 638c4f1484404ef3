"""Admin messages for the error codes of billing."""

from django.utils.translation import gettext_lazy as _

from clinic.admin import register_error_messages

register_error_messages(
    {
        # Invoices
        "invalid_transition": _("The status of this invoice does not allow that."),
        "invoice_immutable": _("This can no longer be changed in the status of the invoice."),
        "invoice_has_payments": _("The invoice has payments. Choose whether to refund them or keep them as credit."),
        "invoice_has_adjustments": _(
            "The invoice has a credit note or a partial write-off. Issue a credit note instead."
        ),
        "empty_invoice": _("An invoice without items cannot be issued."),
        "issue_date_in_future": _("The issue date is in the future."),
        "backdate_not_allowed": _("The issue date is too far back. Only a supervisor can backdate it."),
        "period_closed": _("The books are closed for that day."),
        "closing_not_forward": _("The closing date can only move forward, to a day that is over."),
        "appointment_of_other_patient": _("The appointment belongs to another patient."),
        "void_needs_supervisor": _("Only a supervisor can void this invoice."),
        "discount_needs_supervisor": _("Only a supervisor can give a discount above the limit of clerks."),
        "price_needs_supervisor": _("Only a supervisor can charge that much less than the list price."),
        "already_corrected": _("This invoice has already been corrected."),
        "ledger_append_only": _("Recorded entries cannot be changed or deleted."),
        # Items and totals
        "invalid_items": _("The items of the invoice are invalid."),
        "too_many": _("The invoice has too many items."),
        "line_below_zero": _("The discounts on this item are higher than its amount."),
        "discount_above_subtotal": _("The discount is higher than the subtotal."),
        "amount_too_large": _("The amount is too large."),
        "unknown_id": _("This is not an item or invoice of this patient."),
        "unknown_item": _("This item is no longer on the invoice."),
        "repeated_id": _("The same is listed twice."),
        "repeated_item": _("The same item is listed twice."),
        "ambiguous": _("Enter a quantity or an amount, not both."),
        # Money
        "overpayment": _("That is more than the amount due."),
        "over_credit": _("That is more than can be credited."),
        "over_write_off": _("That is more than can be written off."),
        "over_refund": _("That is more than can be refunded."),
        "credit_exceeded": _("That is more than the credit left."),
        "invalid_credit": _("The credit note does not match the invoice."),
        "invalid_allocations": _("The allocations do not match the payment."),
        "invalid_payment": _("Check the details of this payment."),
        "below_a_cent": _("This quantity is worth less than a cent. Enter a larger one, or an amount."),
        "tendered_without_cash": _("Only a cash payment can have cash received."),
        "tendered_too_little": _("The cash received does not cover the amount."),
        "already_reversed": _("The payment has already been reversed, or is itself a reversal."),
        "payment_refunded": _("Part of this payment has been refunded, so it can no longer be reversed."),
        "reversal_needs_supervisor": _("Only a supervisor can reverse this payment."),
        "total_below_paid": _("The deposit of the draft is higher than that."),
        "deposit_held": _("The draft has a deposit. Refund it before you change the patient."),
        "paid_amount_above_total": _("The amount paid is higher than the total."),
        "paid_amount_below_ledger": _("More has already been paid. Refund it, or reverse the payment."),
        "paid_amount_ambiguous": _("Money was returned from this invoice before. Record the payment itself."),
        # The price list
        "service_code_taken": _("This code belongs to another service."),
        "tag_taken": _("A tag with this name already exists."),
    }
)
