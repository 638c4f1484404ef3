"""Other people's ids: of another patient, of another invoice, of another kind, of nobody; and logins that may not."""

from billing.tests.hostile.case import Case, on

MONEY = {"amount": 1, "method": "cash"}
invoice = on("POST /invoice/", {"patient_id": "<patient>"})
draft = on("PUT /invoice/<draft>", {"patient_id": "<patient>"})
credit_note = on("POST /invoice/<issued>/credit-notes", {"reason": "x"})
payment = on("POST /payment/", {"patient_id": "<patient>", **MONEY})
allocate = on("POST /payment/<credit>/allocations")
book = on("POST /appointment/", {"starts_at": "2026-06-16T09:00:00Z"})
merge = on("POST /patient/<patient>/merge")


def get(path: str, who: str, status: int = 404, code: str = "not_found") -> Case:
    """Somebody reads what is not theirs."""
    return Case(f"by {who or 'nobody'}", f"GET {path}", None, status, code, who=who)


def write(request: str, who: str, body: object = None, status: int = 403, code: str = "permission_denied") -> Case:
    """Somebody writes what they may not."""
    return Case(f"by {who or 'nobody'}", request, body or {}, status, code, who=who)


CASES = [
    # -- Ids in a body that belong to somebody else, to something else, or to nobody
    invoice("a patient that nobody is", {"patient_id": "<nobody>"}, 400, "unknown_patient", "/patient_id"),
    invoice("an appointment as patient", {"patient_id": "<appointment>"}, 400, "unknown_patient", "/patient_id"),
    invoice("an invoice as patient", {"patient_id": "<issued>"}, 400, "unknown_patient", "/patient_id"),
    invoice("another's appointment", {"appointment_id": "<other_appointment>"}, 400, "appointment_of_other_patient"),
    invoice("an appointment of nobody", {"appointment_id": "<nobody>"}, 400, "unknown_appointment", "/appointment_id"),
    invoice("a patient as appointment", {"appointment_id": "<patient>"}, 400, "unknown_appointment"),
    invoice("a service of nobody", {"items": [{"service_id": "<nobody>"}]}, 400, "unknown_service"),
    invoice("a tag as service", {"items": [{"service_id": "<tag>"}]}, 400, "unknown_service", "/items/0/service_id"),
    invoice("an item of another invoice", {"items": [{"id": "<issued_item>"}]}, 400, "unknown_item", "/items/0/id"),
    invoice("an item of nobody", {"items": [{"id": "<nobody>", "name": "x", "price": 1}]}, 400, "unknown_item"),
    draft("an item of another invoice", {"items": [{"id": "<issued_item>"}]}, 400, "unknown_item", "/items/0/id"),
    draft("another patient's item", {"items": [{"id": "<other_invoice_item>"}]}, 400, "unknown_item", "/items/0/id"),
    draft("an item of nobody", {"items": [{"id": "<nobody>"}]}, 400, "unknown_item", "/items/0/id"),
    draft("an item twice", {"items": [{"id": "<draft_item>"}, {"id": "<draft_item>"}]}, 400, "repeated_item"),
    draft("the invoice's own id as item", {"items": [{"id": "<draft>"}]}, 400, "unknown_item", "/items/0/id"),
    draft("another's appointment", {"appointment_id": "<other_appointment>"}, 400, "appointment_of_other_patient"),
    draft("an appointment of nobody", {"appointment_id": "<nobody>"}, 400, "unknown_appointment"),
    draft("a patient that nobody is", {"patient_id": "<nobody>"}, 400, "unknown_patient", "/patient_id"),
    on("PUT /invoice/<issued>")("another patient", {"patient_id": "<other_patient>"}, 409, "invoice_immutable"),
    on("PUT /invoice/<paid>")("another patient", {"patient_id": "<other_patient>"}, 409, "invoice_immutable"),
    on("PUT /invoice/<void>")("another patient", {"patient_id": "<other_patient>"}, 409, "invoice_immutable"),
    on("PUT /invoice/<deposit>")("another patient", {"patient_id": "<other_patient>"}, 409, "deposit_held"),
    credit_note("an item of another invoice", {"items": [{"id": "<paid_item>"}]}, 400),
    credit_note("an item of another patient", {"items": [{"id": "<other_invoice_item>"}]}, 400),
    credit_note("an item of nobody", {"items": [{"id": "<nobody>"}]}, 400),
    credit_note("an item twice", {"items": [{"id": "<issued_item>"}, {"id": "<issued_item>"}]}, 400),
    payment("a patient that nobody is", {"patient_id": "<nobody>"}, 400, "unknown_patient", "/patient_id"),
    payment("an invoice as patient", {"patient_id": "<issued>"}, 400, "unknown_patient", "/patient_id"),
    payment("another's invoice", {"allocations": [{"invoice_id": "<other_invoice>", "amount": 1}]}, 400),
    payment("an invoice of nobody", {"allocations": [{"invoice_id": "<nobody>", "amount": 1}]}, 400),
    payment("a patient as invoice", {"allocations": [{"invoice_id": "<patient>", "amount": 1}]}, 400),
    payment(
        "an invoice twice",
        {
            "amount": 2,
            "allocations": [{"invoice_id": "<issued>", "amount": 1}, {"invoice_id": "<issued>", "amount": 1}],
        },
        400,
    ),
    payment("a void invoice", {"allocations": [{"invoice_id": "<void>", "amount": 1}]}, 409),
    allocate("another's invoice", {"allocations": [{"invoice_id": "<issued>", "amount": 1}]}, 400),
    allocate("an invoice of nobody", {"allocations": [{"invoice_id": "<nobody>", "amount": 1}]}, 400),
    book("a patient that nobody is", {"patient_id": "<nobody>"}, 400, "unknown_patient", "/patient_id"),
    book("an invoice as patient", {"patient_id": "<issued>"}, 400, "unknown_patient", "/patient_id"),
    on("PUT /appointment/<appointment>")(
        "another", {"patient_id": "<other_patient>"}, 409, "appointment_patient_fixed"
    ),
    on("PUT /appointment/<appointment>")("nobody", {"patient_id": "<nobody>"}, 409, "appointment_patient_fixed"),
    merge("itself", {"into": "<patient>"}, 409, "merge_refused"),
    merge("nobody", {"into": "<nobody>"}, 400, "unknown_patient", "/into"),
    merge("an invoice", {"into": "<issued>"}, 400, "unknown_patient", "/into"),
    merge("somebody merged", {"into": "<merged>"}, 409, "merge_refused"),
    on("POST /patient/<merged>/merge")("again", {"into": "<patient>"}, 409, "merge_refused"),
    on("POST /patient/")("a record number in another case", {"family_name": "x", "record_number": "p-000001"}, 409),
    on("POST /service/")("a code that is taken", {"code": "S1", "description": "x", "unit_price": 1}, 409),
    # -- Ids in a path that are of another kind
    get("/invoice/<patient>", "supervisor"),
    get("/invoice/<paid_payment>", "supervisor"),
    get("/payment/<paid>", "supervisor"),
    get("/patient/<appointment>", "supervisor"),
    get("/appointment/<patient>", "supervisor"),
    get("/service/<tag>", "supervisor"),
    get("/tag/<service>", "supervisor"),
    get("/invoice/<issued_item>", "supervisor"),
    write("POST /payment/<issued>/reverse", "supervisor", {"reason": "x"}, 404, "not_found"),
    write("POST /invoice/<paid_payment>/void", "supervisor", {"reason": "x"}, 404, "not_found"),
    write("PUT /invoice/<nobody>", "supervisor", {"patient_id": "<patient>"}, 404, "not_found"),
    write("PUT /invoice/<patient>", "supervisor", {"patient_id": "<patient>"}, 404, "not_found"),
    write("PUT /service/<nobody>", "supervisor", {"code": "x"}, 404, "not_found"),
    # -- A patient's login
    get("/invoice/<other_invoice>", "ana"),
    get("/invoice/<other_invoice>/payments", "ana"),
    get("/invoice/<other_invoice>/refunds", "ana"),
    get("/invoice/<other_invoice>/credit-notes", "ana"),
    get("/invoice/<issued>/events", "ana"),
    get("/invoice/<draft>", "ana"),
    get("/payment/<other_invoice_payment>", "ana"),
    get("/payment/<credit>", "ana"),
    get("/patient/<other_patient>", "ana"),
    get("/patient/<survivor>", "ana"),
    get("/appointment/<other_appointment>", "ana"),
    get("/service/", "ana"),
    get("/service/<service>", "ana"),
    get("/tag/", "ana"),
    get("/tag/<tag>", "ana"),
    Case("of another", "GET /invoice/?patient_id=<other_patient>", None, 200, who="ana", expect={"/total": 0}),
    Case("of another", "GET /payment/?patient_id=<other_patient>", None, 200, who="ana", expect={"/total": 0}),
    Case("of another", "GET /appointment/?patient_id=<other_patient>", None, 200, who="ana", expect={"/total": 0}),
    Case("of another", "GET /patient/?search=otto", None, 200, who="ana", expect={"/total": 0}),
    Case("of another", "GET /invoice/?search=otto", None, 200, who="ana", expect={"/total": 0}),
    Case("of another", "GET /invoice/?appointment_id=<other_appointment>", None, 200, who="ana", expect={"/total": 0}),
    Case("by its tags", "GET /invoice/?tags=Recall", None, 400, "unknown_parameter", "?tags", who="ana"),
    Case("by all its tags", "GET /invoice/?tags_all=Recall", None, 400, "unknown_parameter", who="ana"),
    write("POST /invoice/", "ana", {"patient_id": "<patient>"}),
    write("PUT /invoice/<issued>", "ana", {"patient_id": "<patient>"}),
    write("POST /invoice/<issued>/payments", "ana", MONEY),
    write("POST /payment/", "ana", {**MONEY, "patient_id": "<patient>"}),
    write("PUT /patient/<patient>", "ana", {"family_name": "x"}),
    write("POST /appointment/", "ana", {"patient_id": "<patient>", "starts_at": "2026-06-16"}),
    write("POST /patient/<other_patient>/merge", "ana", {"into": "<patient>"}),
    # -- Logins that may little, and tokens that open nothing
    write("POST /invoice/", "outsider", {"patient_id": "<patient>"}),
    get("/invoice/", "outsider", 403, "permission_denied"),
    write("POST /invoice/", "auditor", {"patient_id": "<patient>"}),
    write("POST /invoice/<issued>/void", "auditor", {"reason": "x"}),
    write("POST /invoice/<issued>/write-off", "clerk", {"reason": "x"}),
    write("POST /invoice/<paid>/refunds", "clerk", {**MONEY, "reason": "x"}),
    write("POST /invoice/<paid>/credit-notes", "clerk", {"reason": "x"}),
    write("POST /service/", "clerk", {"code": "x", "description": "x", "unit_price": 1}),
    write("POST /patient/<other_patient>/merge", "clerk", {"into": "<patient>"}),
    write("POST /invoice/", "reader", {"patient_id": "<patient>"}, 403, "insufficient_scope"),
    write("POST /invoice/<issued>/payments", "reader", MONEY, 403, "insufficient_scope"),
    get("/invoice/", "scopeless", 403, "insufficient_scope"),
    get("/invoice/", "", 401, "not_authenticated"),
    get("/invoice/<issued>", "", 401, "not_authenticated"),
    get("/invoice/not-an-id", "", 401, "not_authenticated"),
    get("/invoice/?colour=red", "", 401, "not_authenticated"),
    write("POST /invoice/", "", "{", 401, "not_authenticated"),
    write("POST /invoice/", "gone", {"patient_id": "<patient>"}, 401, "invalid_token"),
    get("/invoice/", "gone", 401, "invalid_token"),
    get("/invoice/", "expired", 401, "invalid_token"),
    get("/invoice/", "nobodys", 401, "invalid_token"),
    # -- Wishes beyond one's role
    Case("a void", "PUT /invoice/<part_paid>", {"patient_id": "<patient>", "status": "VOID"}, 403, who="clerk"),
    Case(
        "a write-off", "PUT /invoice/<issued>", {"patient_id": "<patient>", "status": "WRITTEN_OFF"}, 403, who="clerk"
    ),
    Case(
        "a discount of all",
        "POST /invoice/",
        {"patient_id": "<patient>", "discount_percent": 100, "items": [{"name": "x", "price": 1}]},
        403,
        "discount_needs_supervisor",
        who="clerk",
    ),
]
