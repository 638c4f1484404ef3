"""Attacks by new rows: money spent or given back twice, corrections beyond what there is, events of what never was."""

from billing.tests.models.attacks.attack import Attack
from billing.tests.models.attacks.statements import allocate, copy, enter, event

MONEY_ATTACKS = [
    Attack("put money onto a void invoice", (allocate("credit", "void", 100),), "a void invoice receives no payment"),
    Attack("put more onto an invoice than was paid", (allocate("credit", "issued", 5001),), "beyond its amount"),
    Attack("spend a payment twice", (allocate("payment", "issued", 100),), "beyond its amount"),
    Attack("spend a payment that bounced", (allocate("bounced", "issued", 100),), "beyond its amount"),
    Attack("spend a reversal", (allocate("reversal", "issued", 100),), "beyond its amount"),
    Attack("spend a payment that does not exist", (allocate("new", "issued", 100),), "beyond its amount"),
    Attack("take money off an invoice that has none", (allocate("credit", "issued", -100),), "does not release more"),
    Attack(
        "take more off an invoice than it holds",
        (allocate("part_payment", "part_paid", -4001),),
        "does not release more",
    ),
    Attack("allocate nothing", (allocate("credit", "issued", 0),), "allocation_amount_bounds"),
    Attack("hand out money without a refund", (allocate("credit", "", 100),), "allocation_to_invoice_or_refund"),
    Attack(
        "hand out more than the refund",
        (allocate("credit", "", 100, "'{credit_refund}'"),),
        "a refund does not take more",
    ),
    Attack(
        "receive a negative payment",
        (copy("billing_payment", "{credit}", amount="-100", excess_amount="0", receipt_number="'REC-X'"),),
        "payment_positive_unless_reversal",
    ),
    Attack(
        "reverse half a payment",
        (copy("billing_payment", "{credit}", amount="-2500", reverses_id="'{credit}'", receipt_number="'REC-X'"),),
        "a reversal reverses one payment in full",
    ),
    Attack(
        "reverse a reversal",
        (copy("billing_payment", "{reversal}", amount="5000", reverses_id="'{reversal}'", receipt_number="'REC-X'"),),
        "a reversal reverses one payment in full",
    ),
    Attack(
        "keep more of a payment than it brought",
        (copy("billing_payment", "{credit}", excess_amount="5001", receipt_number="'REC-X'"),),
        "payment_excess_within_amount",
    ),
    Attack(
        "enter a payment of nobody",
        (copy("billing_payment", "{credit}", particulars="'{{}}'", receipt_number="'REC-X'"),),
        "a payment names who paid it",
    ),
    Attack(
        "enter a refund to nobody",
        (copy("billing_refund", "{credit_refund}", particulars="'{{}}'"),),
        "a refund names who received it",
    ),
    Attack("reverse a payment twice", (copy("billing_payment", "{reversal}", receipt_number="'REC-X'"),), ""),
    Attack(
        "reverse a payment of which money was handed out",
        (
            copy(
                "billing_payment",
                "{handed_out}",
                amount="-5000",
                reverses_id="'{handed_out}'",
                receipt_number="'REC-X'",
            ),
        ),
        "of which credit was refunded",
    ),
    Attack(
        "date a payment in a closed period",
        (copy("billing_payment", "{credit}", received_at="'{closed}'", receipt_number="'REC-X'"),),
        "closed period",
    ),
    Attack("use a receipt number twice", (copy("billing_payment", "{credit}"),), ""),
    Attack(
        "date a refund in a closed period",
        (copy("billing_refund", "{refund}", created_at="'{closed}'"),),
        "closed period",
    ),
    Attack("refund a negative amount", (copy("billing_refund", "{refund}", amount="-1"),), "refund_amount_bounds"),
    Attack(
        "write off a draft",
        (copy("billing_writeoff", "{write_off}", invoice_id="'{draft}'"),),
        "only an issued invoice is written off",
    ),
    Attack(
        "write off a void invoice",
        (copy("billing_writeoff", "{write_off}", invoice_id="'{void}'"),),
        "only an issued invoice is written off",
    ),
    Attack(
        "date a write-off in a closed period",
        (copy("billing_writeoff", "{write_off}", created_at="'{closed}'"),),
        "closed period",
    ),
    Attack(
        "reverse more than was written off",
        (copy("billing_writeoff", "{write_off}", amount="-10001", reverses_id="'{write_off}'"),),
        "no more of a write-off",
    ),
    Attack(
        "reverse a write-off again",
        (copy("billing_writeoff", "{whole_reversed}", amount="-1", reverses_id="'{whole_reversed}'"),),
        "no more of a write-off",
    ),
    Attack(
        "reverse the write-off of another invoice",
        (
            copy(
                "billing_writeoff",
                "{write_off}",
                amount="-1",
                reverses_id="'{write_off}'",
                invoice_id="'{part_written_off}'",
            ),
        ),
        "no more of a write-off",
    ),
    Attack(
        "write off a negative amount",
        (copy("billing_writeoff", "{write_off}", amount="-1"),),
        "write_off_positive_unless_reversal",
    ),
    Attack(
        "credit a draft",
        (copy("billing_creditnote", "{note}", invoice_id="'{draft}'", number="'CN-X'"),),
        "only an issued invoice is credited",
    ),
    Attack(
        "credit more than the total",
        (copy("billing_creditnote", "{note}", number="'CN-X'"),),
        "not credited beyond its total",
    ),
    Attack(
        "credit under an invented number",
        (copy("billing_creditnote", "{note}", invoice_id="'{issued}'", number="'CN-{year}-000009'"),),
        "a credit note takes the next number",
    ),
    Attack(
        "give back the item of another invoice",
        (
            enter(
                "billing_creditnoteline",
                credit_note_id="'{note}'",
                item_id="'{issued_item}'",
                tax_amount="0",
                total_amount="1",
            ),
        ),
        "items of its own invoice",
    ),
    Attack(
        "add a line to a credit note",
        (
            enter(
                "billing_creditnoteline",
                credit_note_id="'{note}'",
                item_id="'{credited_item}'",
                tax_amount="0",
                total_amount="1",
            ),
        ),
        "add up to it",
    ),
    Attack(
        "tell of a change that nobody makes",
        (event("issued", "PAID", "version + 2"),),
        "an event belongs to the change",
    ),
    Attack(
        "tell of a status that the invoice does not have",
        (event("issued", "PAID", "version"),),
        "an event belongs to the change",
    ),
    Attack("rewrite an old event", (event("paid", "DRAFT", "1"),), "an event belongs to the change"),
]
