"""Admin messages for the error codes of billing."""

from django.utils.translation import gettext_lazy as _

from clinic.admin import register_error_messages

register_error_messages(
    {
        # Invoices
        "invalid_transition": _("The status of this invoice does not allow that."),
        "invoice_immutable": _("This cannot change any more in the status that the invoice has."),
        "invoice_has_payments": _("Money was paid on the invoice: say whether it is refunded or kept as credit."),
        "invoice_has_adjustments": _("The invoice has a credit note or a part write-off: use a credit note instead."),
        "empty_invoice": _("An invoice without items cannot be issued."),
        "issue_date_in_future": _("The issue date lies in the future."),
        "backdate_not_allowed": _("The issue date lies too far back: only a supervisor can backdate it."),
        "period_closed": _("The books are closed for that day."),
        "closing_not_forward": _("The closing date is only ever moved forward, to a day that is over."),
        "appointment_of_other_patient": _("The appointment belongs to another patient."),
        "void_needs_supervisor": _("Only a supervisor can void this invoice."),
        "discount_needs_supervisor": _("Only a supervisor can give a discount of more than a fifth."),
        "already_corrected": _("This invoice has already been corrected."),
        "ledger_append_only": _("What is in the books is neither changed nor deleted."),
        # Items and totals
        "invalid_items": _("The items of the invoice are not right."),
        "too_many": _("The invoice has too many items."),
        "line_below_zero": _("The discounts of this item are higher than the item itself."),
        "discount_above_subtotal": _("The discount is higher than the subtotal."),
        "amount_too_large": _("The amount is larger than the books take."),
        "unknown_id": _("This is no item or invoice of this patient."),
        "unknown_item": _("This item is not on the invoice any more."),
        "repeated_id": _("The same is listed twice."),
        "repeated_item": _("The same item is listed twice."),
        "ambiguous": _("Say a quantity or an amount, not both."),
        # Money
        "overpayment": _("That is more than is owed."),
        "over_credit": _("That is more than can be credited."),
        "over_write_off": _("That is more than remains to be written off."),
        "over_refund": _("That is more than was paid and can be refunded."),
        "credit_exceeded": _("That is more than the credit that is left."),
        "invalid_credit": _("The credit note does not fit the invoice."),
        "invalid_allocations": _("The allocations do not fit the payment."),
        "invalid_payment": _("This payment cannot have happened so."),
        "below_a_cent": _("This quantity is worth less than a cent: enter a larger one, or an amount."),
        "tendered_without_cash": _("Only a cash payment has an amount handed over."),
        "tendered_too_little": _("What was handed over does not cover the amount."),
        "already_reversed": _("The payment has already been reversed, or is itself a reversal."),
        "payment_refunded": _("Money of this payment was handed out: it cannot be reversed any more."),
        "reversal_needs_supervisor": _("Only a supervisor can reverse this payment."),
        "total_below_paid": _("The draft holds a deposit of more than that."),
        "deposit_held": _("The draft holds a deposit: refund it before the patient is exchanged."),
        "paid_amount_above_total": _("The amount paid is higher than the total."),
        "paid_amount_below_ledger": _("More than that was paid: use a refund, or reverse the payment."),
        "paid_amount_ambiguous": _("Money of this invoice was given back before: record the payment itself."),
        # The price list
        "service_code_taken": _("This code belongs to another service."),
        "tag_taken": _("There is such a tag already."),
    }
)
