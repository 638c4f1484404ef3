"""Fields that a client cannot set: origin, computed values, owner, price.

What an answer holds may be sent back and is ignored; what no answer holds is a key that nobody knows.
"""

from billing.tests.hostile.case import Case, Not, on

ONE = [{"description": "x", "unit_price": 10}]
invoice = on("POST /invoice/", {"patient_id": "<patient>", "items": ONE})
draft = on("PUT /invoice/<draft>", {"patient_id": "<patient>"})
issued = on("PUT /invoice/<issued>", {"patient_id": "<patient>"})
patient = on("POST /patient/", {"family_name": "Kim"})
MONEY = {"amount": 1, "method": "cash"}


def line(name: str, **more: object) -> Case:
    """An invoice whose one item says more than it may."""
    return invoice(name, {"items": [{**ONE[0], **more}]}, 400, "unknown_key")


CASES = [
    # -- Ignored, because an answer holds it
    invoice("an id", {"id": "<issued>"}, 201, expect={"/id": Not("<issued>")}),
    invoice("a total", {"total_amount": 0.01}, 201, expect={"/total_amount": 10}),
    invoice("a subtotal of another kind", {"subtotal": {"$gt": 0}}, 201, expect={"/subtotal": 10}),
    invoice("what remains", {"remaining_amount": 0}, 201, expect={"/remaining_amount": 10}),
    invoice(
        "a register number", {"reg_number": "INV-2026-000001"}, 201, expect={"/reg_number": Not("INV-2026-000001")}
    ),
    invoice("what is credited", {"credited_amount": 10}, 201, expect={"/credited_amount": 0}),
    invoice("what is written off", {"written_off_amount": 10}, 201, expect={"/written_off_amount": 0}),
    invoice("a currency of others", {"currency": "ZWL"}, 400, "unknown_choice", "/currency"),
    invoice("the currency", {"currency": "EUR"}, 201, expect={"/currency": "EUR"}),
    invoice("a tax", {"tax_amount": 5, "taxes": "none"}, 201, expect={"/tax_amount": 0}),
    invoice(
        "when it was made",
        {"created_at": "1999-01-01"},
        201,
        expect={"/created_at": "2026-06-15T12:00:00.000000+00:00"},
    ),
    invoice("what it corrects", {"corrects_id": "<paid>"}, 201, expect={"/corrects_id": None}),
    invoice("warnings", {"warnings": [{"code": "x"}]}, 201, expect={"/warnings": None}),
    invoice("a line total", {"items": [{**ONE[0], "line_total": 0}]}, 201, expect={"/items/0/line_total": 10}),
    invoice("a position", {"items": [{**ONE[0], "position": 99}]}, 201, expect={"/items/0/position": 1}),
    draft("another id", {"id": "<issued>"}, 200, expect={"/id": "<draft>"}),
    draft("a register number", {"reg_number": "INV-1"}, 200, expect={"/reg_number": Not("INV-1"), "/status": "DRAFT"}),
    draft("a total", {"total_amount": 0}, 200, expect={"/total_amount": 100}),
    issued("a total", {"total_amount": 0, "remaining_amount": 0}, 200, expect={"/remaining_amount": 100}),
    patient("an id", {"id": "<patient>"}, 201, expect={"/id": Not("<patient>")}),
    patient("a merger", {"merged_into": "<patient>"}, 201, expect={"/merged_into": None}),
    patient("a full name", {"full_name": "Somebody Else"}, 201, expect={"/full_name": Not("Somebody Else")}),
    on("POST /tag/")("an id", {"name": "b", "id": "<tag>"}, 201, expect={"/id": Not("<tag>"), "/name": "b"}),
    on("PUT /appointment/<appointment>", {"patient_id": "<patient>"})(
        "when it was made",
        {"created_at": "1999-01-01"},
        200,
        expect={"/created_at": "2026-06-15T12:00:00.000000+00:00"},
    ),
    # -- Unknown
    invoice("a version", {"version": 99}, 400, "unknown_key", "/version"),
    invoice("who made it", {"created_by": "clerk"}, 400, "unknown_key", "/created_by"),
    invoice("who made it, by number", {"created_by_id": 1}, 400, "unknown_key", "/created_by_id"),
    invoice("a number", {"number": 1}, 400, "unknown_key", "/number"),
    invoice("an internal note", {"internal_note": "x"}, 400, "unknown_key", "/internal_note"),
    invoice("a key of the ORM", {"patient__family_name": "x"}, 400, "unknown_key", "/patient__family_name"),
    invoice("the key of the column", {"patient": "<other_patient>"}, 400, "unknown_key", "/patient"),
    invoice("a primary key", {"pk": "<issued>"}, 400, "unknown_key", "/pk"),
    invoice("particulars", {"particulars": {}}, 400, "unknown_key", "/particulars"),
    invoice("payments", {"payments": [MONEY]}, 400, "unknown_key", "/payments"),
    invoice("a role", {"is_staff": True}, 400, "unknown_key", "/is_staff"),
    invoice("a key in another case", {"Patient_Id": "<other_patient>"}, 400, "unknown_key", "/Patient_Id"),
    invoice("a key with a space", {"status ": "PAID"}, 400, "unknown_key", "/status "),
    invoice("a key in look-alikes", {"stаtus": "PAID"}, 400, "unknown_key", "/stаtus"),
    invoice("a class", {"__class__": "x"}, 400, "unknown_key", "/__class__"),
    invoice("a token of a form", {"csrfmiddlewaretoken": "x"}, 400, "unknown_key"),
    invoice("a method", {"_method": "DELETE"}, 400, "unknown_key", "/_method"),
    line("an item with its invoice", invoice_id="<issued>"),
    line("an item with a currency", currency="ZWL"),
    line("an item with its gross", gross=0),
    line("an item with its tax", tax_amount=0),
    invoice(
        "a payer with an id", {"bill_to": {"name": "x", "id": "<other_patient>"}}, 400, "unknown_key", "/bill_to/id"
    ),
    draft("a version", {"version": 1}, 400, "unknown_key", "/version"),
    draft("when it was issued", {"issued_at": "2020-01-01"}, 400, "unknown_key", "/issued_at"),
    patient("a login", {"login": 1}, 400, "unknown_key", "/login"),
    patient("a login by number", {"login_id": 1}, 400, "unknown_key", "/login_id"),
    patient("a password", {"password": "x"}, 400, "unknown_key", "/password"),
    patient("a superuser", {"is_superuser": True}, 400, "unknown_key", "/is_superuser"),
    patient("what finds it", {"search_text": "everybody"}, 400, "unknown_key", "/search_text"),
    patient("who merged it", {"merged_by": 1}, 400, "unknown_key", "/merged_by"),
    on("PUT /patient/<patient>")("a login", {"login": 1}, 400, "unknown_key", "/login"),
    on("POST /invoice/<issued>/payments", MONEY)("a receipt", {"receipt_number": "x"}, 400, "unknown_key"),
    on("POST /invoice/<issued>/payments", MONEY)("whose it is", {"patient_id": "<other_patient>"}, 400, "unknown_key"),
    on("POST /invoice/<issued>/payments", MONEY)("what it reverses", {"reverses_id": "<paid_payment>"}, 400),
    on("POST /invoice/<issued>/payments", MONEY)("a currency", {"currency": "ZWL"}, 400, "unknown_key", "/currency"),
    on("POST /invoice/<issued>/payments", MONEY)("change", {"change_amount": 99}, 400, "unknown_key"),
    on("POST /invoice/<paid>/refunds", {**MONEY, "reason": "x"})("a number", {"number": "x"}, 400, "unknown_key"),
    on("POST /invoice/<issued>/void", {"reason": "x"})("force", {"force": True}, 400, "unknown_key", "/force"),
    on("POST /invoice/<issued>/write-off", {"reason": "x"})("a batch", {"batch": "x"}, 400, "unknown_key", "/batch"),
    on("POST /invoice/<issued>/correct", {"reason": "x"})("items", {"items": []}, 400, "unknown_key", "/items"),
    on("POST /payment/<paid_payment>/reverse", {"reason": "x"})("an amount", {"amount": 1}, 400, "unknown_key"),
    on("POST /service/", {"code": "x", "description": "x", "unit_price": 1})("a cost", {"cost": 1}, 400, "unknown_key"),
    on("POST /tag/", {"name": "b"})("a key", {"key": "b"}, 400, "unknown_key", "/key"),
]
