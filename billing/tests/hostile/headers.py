"""Headers and methods: what is claimed of a body, of a version, of an address, and of who is asking."""

from typing import Any

from billing.tests.hostile.case import Case

NEW = {"patient_id": "<patient>"}


def get(
    name: str,
    status: int,
    code: str = "",
    path: str = "/invoice/<issued>",
    who: str = "supervisor",
    **headers: str | None,
) -> Case:
    """A record is read under odd headers; of a header, “_” stands for “-”."""
    return Case(name, f"GET {path}", None, status, code, headers=_written(headers), who=who)


def post(name: str, status: int, code: str = "", body: object = NEW, **headers: str | None) -> Case:
    """An invoice is posted under odd headers."""
    return Case(name, "POST /invoice/", body, status, code, headers=_written(headers))


def put(name: str, status: int, code: str = "", **headers: str | None) -> Case:
    """A draft is changed under odd headers."""
    return Case(name, "PUT /invoice/<draft>", {**NEW, "notes": "x"}, status, code, headers=_written(headers))


def bearer(name: str, value: str, code: str = "invalid_token", status: int = 401) -> Case:
    """Somebody shows this as their authorization."""
    return Case(name, "GET /invoice/", None, status, code, headers={"Authorization": value}, who="")


def method(request: str, status: int = 405, code: str = "method_not_allowed", **more: Any) -> Case:
    """A method that does not exist there."""
    return Case("a method", request, None, status, code, **more)


def _written(headers: dict[str, str | None]) -> dict[str, str | None]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def patch(name: str, body: object, status: int, code: str = "", path: str = "/invoice/<draft>", **more: Any) -> Case:
    """A record is changed by PATCH."""
    return Case(name, f"PATCH {path}", body, status, code, **more)


CASES = [
    # -- A change of parts: what a PUT refuses, it refuses too
    patch("nothing", {}, 200),
    patch("no body at all", None, 200),
    patch("notes alone", {"notes": "x"}, 200, expect={"/notes": "x", "/patient_id": "<patient>"}),
    patch("a patient who does not exist", {"patient_id": "<nobody>"}, 400, "unknown_patient", at="/patient_id"),
    patch("no patient", {"patient_id": None}, 400, "null", at="/patient_id"),
    patch("an unknown key", {"version": 7}, 400, "unknown_key", at="/version"),
    patch("operations", [{"op": "replace", "path": "/status", "value": "PAID"}], 400, "malformed_json"),
    patch("the items of an issued one", {"items": []}, 409, "invoice_immutable", path="/invoice/<issued>"),
    patch("a status", {"status": "WRITTEN_OFF"}, 409, "invalid_transition"),
    patch("too much paid", {"paid_amount": 1_000_000}, 400, "paid_amount_above_total"),
    patch("what nobody has", {"notes": "x"}, 404, "not_found", path="/invoice/<nobody>"),
    patch("an old version", {"notes": "x"}, 412, "stale_version", headers={"If-Match": '"99"'}),
    patch("without a token", {"notes": "x"}, 401, "not_authenticated", who=""),
    patch("as JSON Patch", {}, 415, "unsupported_media_type", headers={"Content-Type": "application/json-patch+json"}),
    patch("a tag without a name", {"name": ""}, 400, "blank", path="/tag/<tag>", at="/name"),
    patch("a service without a price", {"unit_price": None}, 400, "null", path="/service/<service>", at="/unit_price"),
    patch("an appointment of another", {"patient_id": "<nobody>"}, 409, path="/appointment/<appointment>"),
    patch("a patient without a number", {"record_number": ""}, 400, "blank", path="/patient/<patient>"),
    # -- What kind of body
    post("declared as a text", 415, "unsupported_media_type", Content_Type="text/plain"),
    post("declared as a form", 415, "unsupported_media_type", Content_Type="application/x-www-form-urlencoded"),
    post("a form of parts", 415, "unsupported_media_type", Content_Type="multipart/form-data; boundary=x"),
    post("a form of parts without a boundary", 415, "unsupported_media_type", Content_Type="multipart/form-data"),
    post("declared as XML", 415, "unsupported_media_type", Content_Type="application/xml"),
    post("a patch", 415, "unsupported_media_type", Content_Type="application/json-patch+json"),
    post("a relative of JSON", 415, "unsupported_media_type", Content_Type="application/vnd.api+json"),
    post("no kind at all", 415, "unsupported_media_type", Content_Type=None),
    post("an empty kind", 415, "unsupported_media_type", Content_Type=""),
    post("two kinds", 415, "unsupported_media_type", Content_Type="application/json, text/plain"),
    post("a kind with a NUL", 415, "unsupported_media_type", Content_Type="application/json\0"),
    post("a kind of 100,000 characters", 415, "unsupported_media_type", Content_Type="x" * 100_000),
    post("JSON in latin-1", 415, "unsupported_media_type", Content_Type="application/json; charset=iso-8859-1"),
    post("JSON in UTF-7", 415, "unsupported_media_type", Content_Type="application/json; charset=utf-7"),
    post("JSON in no charset", 415, "unsupported_media_type", Content_Type="application/json; charset=x"),
    post(
        "JSON in hexadecimal",
        415,
        "unsupported_media_type",
        Content_Type="application/json; charset=hex",
    ),
    post("JSON with another parameter", 201, Content_Type="application/json; version=9; boundary=x"),
    post("JSON in capitals", 201, Content_Type="APPLICATION/JSON; CHARSET=UTF-8"),
    post("a body that claims to be compressed", 201, Content_Encoding="gzip"),
    # -- How long
    post("a length of nothing", 400, "required", Content_Length="0"),
    post("a length below zero", 400, Content_Length="-1"),
    post("a length that is no number", 400, Content_Length="many"),
    post("a length in hexadecimal", 400, Content_Length="0x10"),
    post("a length in other digits", 400, Content_Length="١٠"),
    post("a short length", 400, "malformed_json", Content_Length="5"),
    post("a length beyond all", 413, "body_too_large", Content_Length="9" * 30),
    post("in pieces, without a length", 201, Transfer_Encoding="chunked", Content_Length=None),
    post("in a coding that is unknown", 411, "length_required", Transfer_Encoding="gzip", Content_Length=None),
    # -- What is taken in return
    get("for a page", 406, "not_acceptable", Accept="text/html"),
    get("for XML", 406, "not_acceptable", Accept="application/xml"),
    get("for anything but JSON", 406, "not_acceptable", Accept="application/json;q=0, */*;q=0"),
    get("for nonsense", 406, "not_acceptable", Accept="////"),
    get("for 10,000 kinds", 406, "not_acceptable", Accept="a/b," * 10_000),
    get("for a NUL", 406, "not_acceptable", Accept="\0"),
    get("for anything", 200, Accept="*/*;q=0.001"),
    get("for a part of it", 200, Range="bytes=0-1"),
    get("in another language", 200, Accept_Language="x" * 10_000),
    get("in another coding", 200, Accept_Encoding="gzip;q=0, x\0"),
    get("unless it is the same", 304, If_None_Match="*"),
    get("unless it is 100,000 versions", 200, If_None_Match='"x",' * 25_000),
    get("since never", 200, If_Modified_Since="not a day"),
    # -- Versions
    put("a stale version", 412, "stale_version", If_Match='"999999"'),
    put("a version without quotation marks", 400, "malformed_if_match", If_Match="1"),
    put("an empty version", 400, "malformed_if_match", If_Match=""),
    put("an empty version in quotation marks", 412, "stale_version", If_Match='""'),
    put("a version below zero", 412, "stale_version", If_Match='"-1"'),
    put("a version that is half open", 400, "malformed_if_match", If_Match='"1'),
    put("a version with a NUL", 412, "stale_version", If_Match='"1\0"'),
    put("a version of 100,000 characters", 412, "stale_version", If_Match='"' + "1" * 100_000 + '"'),
    put("100,000 versions", 412, "stale_version", If_Match='"x",' * 25_000),
    put("any version", 200, If_Match="*"),
    # -- Idempotency
    post("an empty idempotency key", 400, "malformed_idempotency_key", Idempotency_Key=""),
    post("a key of spaces", 400, "malformed_idempotency_key", Idempotency_Key="   "),
    post("a key of 256 characters", 400, "malformed_idempotency_key", Idempotency_Key="x" * 256),
    post("an idempotency key with a NUL", 400, "malformed_idempotency_key", Idempotency_Key="a\0b"),
    post("a key beyond ASCII", 400, "malformed_idempotency_key", Idempotency_Key="schlüssel"),
    post("a key with a line feed", 400, "malformed_idempotency_key", Idempotency_Key="a\nb"),
    post("a key with a statement", 201, Idempotency_Key="'; DROP TABLE x; --"),
    post("a key on what is refused", 400, "required", {}, Idempotency_Key="free again"),
    # -- Who
    bearer("nothing", ""),
    bearer("a scheme alone", "Bearer"),
    bearer("a scheme and a space", "Bearer "),
    bearer("another scheme", "Basic c3VwZXJ2aXNvcjpjb3JyZWN0"),
    bearer("a token without a scheme", "<token_supervisor>"),
    bearer("a token under another scheme", "Token <token_supervisor>"),
    bearer("two tokens", "Bearer <token_supervisor> <token_supervisor>"),
    bearer("two tokens with a comma", "Bearer <token_supervisor>, Bearer <token_clerk>"),
    bearer("a token in quotation marks", 'Bearer "<token_supervisor>"'),
    bearer("a token and a tab", "Bearer\t<token_supervisor>"),
    bearer("a token and a NUL", "Bearer <token_supervisor>\0"),
    bearer("a token and a line feed", "Bearer <token_supervisor>\n"),
    bearer("a token beyond ASCII", "Bearer tökén"),
    bearer("a token of 100,000 characters", "Bearer " + "x" * 100_000),
    bearer("a statement", "Bearer ' OR 1=1 --"),
    bearer("the name of none", "Bearer null"),
    bearer("a token of no signature", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJzdXBlcnZpc29yIn0."),
    bearer("the scheme in capitals", "BEARER <token_supervisor>", "", 200),
    Case("a session", "GET /invoice/", None, 401, "not_authenticated", who="", headers={"Cookie": "sessionid=x"}),
    Case("a token in a cookie", "GET /invoice/", None, 401, who="", headers={"Cookie": "token=<token_supervisor>"}),
    Case("a user of a proxy", "GET /invoice/", None, 401, who="", headers={"Remote-User": "supervisor"}),
    Case("a forwarded user", "GET /invoice/", None, 401, who="", headers={"X-Forwarded-User": "supervisor"}),
    Case(
        "an original address", "GET /invoice/", None, 200, headers={"X-Original-URL": "/admin/", "X-Rewrite-URL": "/"}
    ),
    # -- Where from, and where to
    get("a host that is not ours", 400, "bad_request", Host="evil.example"),
    get("a host with a path", 400, "bad_request", Host="testserver/evil"),
    get("a host with a user", 400, "bad_request", Host="testserver@evil.example"),
    get("a host with a port of letters", 400, "bad_request", Host="testserver:port"),
    get("two hosts", 400, "bad_request", Host="testserver, evil.example"),
    get("an empty host", 400, "bad_request", Host="["),
    get("a host with a NUL", 400, "bad_request", Host="testserver\0"),
    get("a forwarded host", 200, X_Forwarded_Host="evil.example"),
    get("a forwarded address", 200, X_Forwarded_For="127.0.0.1, ::1, x\0"),
    get("a forwarded scheme", 200, X_Forwarded_Proto="gopher"),
    get("a forwarded path", 200, X_Forwarded_Prefix="//evil.example"),
    get("an origin", 200, Origin="null"),
    get("a request id with a line feed", 200, X_Request_Id="12345678\r\nSet-Cookie: a=b"),
    get("a request id of 100,000 characters", 200, X_Request_Id="x" * 100_000),
    get("a trace", 200, traceparent="00-x"),
    get("a cookie of 100,000 characters", 200, Cookie="x" * 100_000),
    get("a cookie that is none", 200, Cookie="=;;=\0;sessionid=;sessionid"),
    get("a header with a statement", 200, User_Agent="' OR 1=1 --"),
    # -- Another method than it says
    post("an override", 201, X_HTTP_Method_Override="DELETE"),
    get("an override", 200, X_HTTP_Method_Override="PUT"),
    get("an override of another name", 200, X_Method_Override="DELETE"),
    method("DELETE /invoice/<draft>"),
    method("PATCH /invoice/"),
    method("PATCH /payment/<paid_payment>"),
    method("PATCH /invoice/<draft>/issue"),
    method("DELETE /invoice/"),
    method("PUT /invoice/"),
    method("POST /invoice/<draft>"),
    method("GET /invoice/<draft>/issue"),
    method("PUT /invoice/<issued>/void"),
    method("DELETE /invoice/<issued>/payments"),
    method("POST /invoice/<issued>/events"),
    method("DELETE /payment/<paid_payment>"),
    method("PUT /payment/<paid_payment>"),
    method("DELETE /patient/<patient>"),
    method("DELETE /appointment/<appointment>"),
    method("DELETE /service/<service>"),
    method("DELETE /tag/<tag>"),
    method("TRACE /invoice/"),
    method("CONNECT /invoice/"),
    method("PROPFIND /invoice/"),
    method("get /invoice/", 200, ""),
    method("GETT /invoice/"),
    method("__class__ /invoice/"),
    method("http_method_not_allowed /invoice/"),
    method("dispatch /invoice/<draft>"),
    method("create /invoice/"),
    method("PATCH /invoice/<issued>", 401, "not_authenticated", who=""),
    method("POST /healthz", who=""),
    method("HEAD /invoice/<nobody>", 404),
]
