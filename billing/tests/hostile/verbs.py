"""Amounts, days and wishes that are well written, and that the books refuse all the same."""

from billing.tests.hostile.case import Case, on

ONE = [{"description": "x", "unit_price": 100}]
MONEY = {"amount": 1, "method": "cash"}
WHY = {"reason": "x"}
invoice = on("POST /invoice/", {"patient_id": "<patient>", "items": ONE})
draft = on("PUT /invoice/<draft>", {"patient_id": "<patient>"})
issued = on("PUT /invoice/<issued>", {"patient_id": "<patient>"})
pay = on("POST /invoice/<issued>/payments", MONEY)
payment = on("POST /payment/", {"patient_id": "<patient>", **MONEY})
refund = on("POST /invoice/<paid>/refunds", {**MONEY, **WHY})
credit = on("POST /invoice/<issued>/credit-notes", WHY)
write_off = on("POST /invoice/<issued>/write-off", WHY)
book = on("POST /appointment/", {"patient_id": "<patient>", "starts_at": "2026-06-16T09:00:00Z"})


def line(name: str, code: str = "", status: int = 400, **item: object) -> Case:
    """An invoice over one item."""
    return invoice(name, {"items": [{"description": "x", "unit_price": 100, **item}]}, status, code)


def verb(request: str, status: int, code: str, name: str = "in the wrong state") -> Case:
    """A verb that does not fit what it is sent to."""
    return on(request)(name, WHY, status, code)


CASES = [
    # -- Sums that cannot be
    line("an item below zero", "line_below_zero", discount_amount=100.01),
    line("an item discounted twice below zero", "line_below_zero", discount_percent=100, discount_amount=0.01),
    line("an item beyond the largest amount", "amount_too_large", unit_price=9_999_999_999.99, quantity=2),
    line(
        "an item of the largest quantity and price",
        "amount_too_large",
        unit_price=9_999_999_999.99,
        quantity=999_999.999,
    ),
    line("an item whose tax is beyond it", "amount_too_large", unit_price=9_999_999_999.99, tax_rate=100),
    line("an item of nothing", status=201, unit_price=0),
    invoice("500 items beyond the largest amount", {"items": [{"name": "x", "price": 9_000_000_000}] * 500}, 400),
    invoice("501 items", {"items": ONE * 501}, 400, "too_many", "/items"),
    invoice("an item of nothing at all", {"items": [{}]}, 400),
    invoice("an item without a price", {"items": [{"name": "x"}]}, 400, "required", "/items/0/unit_price"),
    invoice("nothing as item", {"items": [None]}, 400, "", "/items/0"),
    invoice("a discount above all", {"discount_amount": 100.01}, 400, "discount_above_subtotal"),
    invoice(
        "two discounts above all", {"discount_percent": 100, "discount_amount": 0.01}, 400, "discount_above_subtotal"
    ),
    invoice("a discount on nothing", {"items": [], "discount_amount": 1}, 400, "discount_above_subtotal"),
    invoice("an address without a name", {"bill_to": {"name": "", "address": "x"}}, 400, "blank", "/bill_to/name"),
    invoice("a payer without a name", {"bill_to": {}}, 400, "required", "/bill_to/name"),
    invoice("more paid than is owed", {"paid_amount": 100.01}, 400, "paid_amount_above_total"),
    invoice("paid on nothing", {"items": [], "paid_amount": 1}, 400, "paid_amount_above_total"),
    # -- Wishes
    invoice("a status in small letters", {"status": "paid"}, 400, "unknown_choice", "/status"),
    invoice("a status with a space", {"status": " PAID"}, 400, "unknown_choice", "/status"),
    invoice("a status of the database", {"status": "OVERDUE"}, 400, "unknown_choice", "/status"),
    invoice("a status in look-alikes", {"status": "РAID"}, 400, "unknown_choice", "/status"),
    invoice("nothing as status", {"status": None}, 400, "null", "/status"),
    invoice("void from the start", {"status": "VOID", "reason": "x"}, 409, "invalid_transition"),
    invoice("written off from the start", {"status": "WRITTEN_OFF", "reason": "x"}, 409, "invalid_transition"),
    invoice("issued without items", {"status": "ISSUED", "items": []}, 400, "empty_invoice"),
    invoice("paid without items", {"status": "PAID", "items": []}, 400, "empty_invoice"),
    invoice("paid with less than all", {"status": "PAID", "paid_amount": 1}, 409, "invalid_transition"),
    invoice("part paid with nothing", {"status": "PARTIALY_PAID"}, 409, "invalid_transition"),
    invoice("part paid with all", {"status": "PARTIALY_PAID", "paid_amount": 100}, 409, "invalid_transition"),
    invoice("issued tomorrow", {"status": "ISSUED", "issue_date": "2026-06-16"}, 409, "issue_date_in_future"),
    invoice("issued in 2200", {"status": "ISSUED", "issue_date": "2200-12-31T23:59:59"}, 409, "issue_date_in_future"),
    issued("back to a draft", {"status": "DRAFT"}, 409, "invalid_transition"),
    issued("paid by half", {"status": "PAID", "paid_amount": 50}, 409, "invalid_transition"),
    issued("other items", {"items": ONE}, 409, "invoice_immutable", "/items"),
    issued("no items", {"items": []}, 409, "invoice_immutable", "/items"),
    issued("a discount", {"discount_amount": 99}, 409, "invoice_immutable", "/discount_amount"),
    issued("another issue date", {"issue_date": "2020-01-01"}, 409, "invoice_immutable", "/issue_date"),
    issued("another payer", {"bill_to": {"name": "Evil Ltd"}}, 409, "invoice_immutable", "/bill_to"),
    draft("void without a word why", {"status": "VOID"}, 200, expect={"/status": "VOID"}),
    draft("void with other changes", {"status": "VOID", "reason": "x", "notes": "y"}, 200, expect={"/notes": "y"}),
    on("PUT /invoice/<void>", {"patient_id": "<patient>"})("to life", {"status": "ISSUED"}, 409, "invalid_transition"),
    on("PUT /invoice/<void>", {"patient_id": "<patient>"})("paid", {"status": "PAID"}, 409, "invalid_transition"),
    on("PUT /invoice/<written_off>", {"patient_id": "<patient>"})("to life", {"status": "ISSUED"}, 409),
    on("PUT /invoice/<paid>", {"patient_id": "<patient>"})("void", {"status": "VOID", "reason": "x"}, 409),
    on("PUT /invoice/<paid>", {"patient_id": "<patient>"})(
        "unpaid", {"paid_amount": 0}, 409, "paid_amount_below_ledger"
    ),
    on("PUT /invoice/<paid>", {"patient_id": "<patient>"})("a cent more", {"paid_amount": 100.01}, 400),
    on("PUT /invoice/<refunded>", {"patient_id": "<patient>"})("paid again", {"paid_amount": 100}, 409),
    on("PUT /invoice/<deposit>", {"patient_id": "<patient>"})("no items", {"items": []}, 409, "total_below_paid"),
    on("PUT /invoice/<deposit>", {"patient_id": "<patient>"})("a lower deposit", {"paid_amount": 1}, 409),
    # -- Verbs in the wrong state
    on("POST /invoice/<empty>/issue")("without items", {}, 400, "empty_invoice"),
    on("POST /invoice/<issued>/issue")("twice", {}, 409, "invalid_transition"),
    on("POST /invoice/<void>/issue")("when void", {}, 409, "invalid_transition"),
    verb("POST /invoice/<void>/void", 409, "invalid_transition"),
    verb("POST /invoice/<paid>/void", 409, "invalid_transition"),
    verb("POST /invoice/<part_paid>/void", 409, "invoice_has_payments"),
    verb("POST /invoice/<credited>/void", 409, "invoice_has_adjustments"),
    verb("POST /invoice/<draft>/write-off", 409, "invalid_transition"),
    verb("POST /invoice/<paid>/write-off", 409, "invalid_transition"),
    verb("POST /invoice/<void>/write-off", 409, "invalid_transition"),
    verb("POST /invoice/<written_off>/write-off", 409, "invalid_transition"),
    verb("POST /invoice/<issued>/reinstate", 409, "invalid_transition"),
    verb("POST /invoice/<void>/reinstate", 409, "invalid_transition"),
    verb("POST /invoice/<draft>/credit-notes", 409, "invalid_transition"),
    verb("POST /invoice/<void>/credit-notes", 409, "invalid_transition"),
    verb("POST /invoice/<credited>/credit-notes", 409, "over_credit"),
    verb("POST /invoice/<draft>/correct", 409, "invalid_transition"),
    verb("POST /invoice/<void>/correct", 409, "invalid_transition"),
    verb("POST /payment/<spent>/reverse", 409, "already_reversed"),
    on("POST /invoice/<issued>/write-off")("without a reason", {}, 400, "required", "/reason"),
    on("POST /invoice/<written_off>/reinstate")("without a reason", {}, 400, "required", "/reason"),
    on("POST /payment/<paid_payment>/reverse")("without a reason", {}, 400, "required", "/reason"),
    # -- Money
    pay("a cent too much", {"amount": 100.01}, 409, "overpayment"),
    pay("the largest amount", {"amount": 9_999_999_999.99}, 409, "overpayment"),
    pay("the largest amount as credit", {"amount": 9_999_999_999.99, "excess": "credit"}, 201),
    pay("nothing", {"amount": 0}, 400, "out_of_range", "/amount"),
    pay("half a cent", {"amount": 0.005}, 400, "too_many_decimals", "/amount"),
    pay("no method", {"method": ""}, 400, "unknown_choice", "/method"),
    pay("a method in look-alikes", {"method": "саsh"}, 400, "unknown_choice", "/method"),
    pay("tomorrow's money", {"received_at": "2026-06-16"}, 400, "in_the_future", "/received_at"),
    pay(
        "money of three minutes from now", {"received_at": "2026-06-15T12:03:00Z"}, 400, "in_the_future", "/received_at"
    ),
    pay("change from a transfer", {"method": "transfer", "tendered": 5}, 400, "tendered_without_cash", "/tendered"),
    pay("money of a zone that is ahead", {"received_at": "2026-06-15T23:59:00+12:00"}, 201),
    pay("less handed over than is due", {"tendered": 0.99}, 400, "tendered_too_little", "/tendered"),
    on("POST /invoice/<void>/payments")("on a void one", MONEY, 409),
    on("POST /invoice/<paid>/payments")("on a paid one", MONEY, 409, "overpayment"),
    on("POST /invoice/<empty>/payments")("on nothing", MONEY, 409, "overpayment"),
    payment("more than is owed in all", {"amount": 5_000}, 409, "overpayment"),
    payment("parts beyond the whole", {"allocations": [{"invoice_id": "<issued>", "amount": 2}]}, 400),
    payment("an empty list of parts", {"allocations": []}, 409, "overpayment"),
    payment("501 parts", {"allocations": [{"invoice_id": "<issued>", "amount": 1}] * 501}, 400, "too_many"),
    payment("a part of nothing", {"allocations": [{"invoice_id": "<issued>", "amount": 0}]}, 400, "out_of_range"),
    refund("a cent too much", {"amount": 100.01}, 409, "over_refund"),
    refund("the largest amount", {"amount": 9_999_999_999.99}, 409, "over_refund"),
    on("POST /invoice/<issued>/refunds", {**MONEY, **WHY})("of nothing", {}, 409, "over_refund"),
    on("POST /payment/<spent>/refund", {**MONEY, **WHY})("of what never came", {}, 409),
    on("POST /payment/<credit>/refund", {**MONEY, **WHY})("a cent too much", {"amount": 50.01}, 409, "credit_exceeded"),
    on("POST /payment/<credit>/allocations")(
        "more than is there", {"allocations": [{"invoice_id": "<survivor_invoice>", "amount": 50.01}]}, 409
    ),
    on("POST /payment/<paid_payment>/allocations")("of what is spent", {}, 409),
    credit("a cent too much", {"items": [{"id": "<issued_item>", "amount": 100.01}]}, 409, "over_credit"),
    credit("more than there were", {"items": [{"id": "<issued_item>", "quantity": 2}]}, 409, "over_credit"),
    credit(
        "both an amount and a quantity",
        {"items": [{"id": "<issued_item>", "amount": 1, "quantity": 1}]},
        400,
        "ambiguous",
    ),
    credit("an empty list", {"items": []}, 400, "empty", "/items"),
    write_off("a cent too much", {"amount": 100.01}, 409, "over_write_off"),
    write_off("nothing", {"amount": 0}, 400, "out_of_range", "/amount"),
    # -- Days
    book("an end before the start", {"ends_at": "2026-06-16T08:59:59Z"}, 400, "out_of_range", "/ends_at"),
    book("an end at the start", {"ends_at": "2026-06-16T09:00:00Z"}, 400, "out_of_range", "/ends_at"),
    book("an end before it by its zone", {"ends_at": "2026-06-16T10:00:00+02:00"}, 400, "out_of_range", "/ends_at"),
    on("PUT /appointment/<appointment>", {"patient_id": "<patient>"})("an early end", {"ends_at": "2000-01-01"}, 400),
    on("PUT /service/<service>")("a code of nothing", {"code": ""}, 400, "blank", "/code"),
    on("PUT /patient/<patient>")("no record number", {"record_number": " "}, 400, "blank", "/record_number"),
    on("PUT /patient/<patient>")("no name at all", {"family_name": "", "given_name": ""}, 400),
]
