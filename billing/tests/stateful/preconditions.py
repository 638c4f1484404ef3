"""Preconditions of operations; one time of five an operation is tried although they are not met."""

from hypothesis.stateful import precondition


def is_draft(invoice):
    return invoice.status == "DRAFT"


def is_open(invoice):
    return invoice.status in ("DRAFT", "ISSUED", "PARTIALY_PAID")


def is_owed(invoice):
    return invoice.number and invoice.remaining


def has_money(invoice):
    return invoice.paid


def is_given_up(invoice):
    return invoice.written_off


def may_be_void(invoice):
    return invoice.status != "VOID" and not invoice.credited


def can_be_credited(invoice):
    return invoice.number and not invoice.is_void and invoice.credited < invoice.total


def has_one_item(invoice):
    return can_be_credited(invoice) and len(invoice.lines) == 1


def is_uncorrected(invoice):
    return can_be_credited(invoice) and not invoice.is_corrected


def leaves_credit(payment):
    return payment.credit


def is_standing(payment):
    return not payment.is_over


def meant_for(fits, of="invoices"):
    """The act is worth a try: something fits, or nothing does and the desk tries it nevertheless."""

    def is_worth_it(books):
        candidates = getattr(books.ledger, of).values()
        return any(map(fits, candidates)) or (candidates and books.steps % 5 == 0)

    return precondition(is_worth_it)
