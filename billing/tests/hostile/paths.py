"""Addresses: tricks with slashes, dots, escapes, digits and case; none leads anywhere but where it says."""

from typing import Any

from billing.tests.hostile.case import Case


def get(path: str, status: int = 404, code: str = "not_found", **more: Any) -> Case:
    """A path as it stands on the wire."""
    return Case("a path", f"GET {path}", None, status, code, **more)


def put(path: str) -> Case:
    """A change, sent to an address that is nobody's; the body is not read."""
    return Case("a path", f"PUT {path}", b"{", 404, "not_found")


CASES = [
    # -- Ids
    get("/invoice/0"),
    get("/invoice/-1"),
    get("/invoice/1"),
    get("/invoice/null"),
    get("/invoice/undefined"),
    get("/invoice/NaN"),
    get("/invoice/true"),
    get("/invoice/*"),
    get("/invoice/%25"),
    get("/invoice/%00"),
    get("/invoice/<issued>%00"),
    get("/invoice/<issued>%20"),
    get("/invoice/%20<issued>"),
    get("/invoice/<issued>%0A"),
    get("/invoice/<issued>%0D%0ASet-Cookie:a=b"),
    get("/invoice/<issued>;a=b"),
    get("/invoice/<issued>'"),
    get("/invoice/<issued>%27%20OR%201=1--"),
    get("/invoice/<issued>,<paid>"),
    get("/invoice/<issued>.json"),
    get("/invoice/%7B<issued>%7D"),
    get("/invoice/urn:uuid:<issued>"),
    get("/invoice/%ED%A0%80"),
    get("/invoice/%FF"),
    get("/invoice/%C0%AF"),
    get("/invoice/%E2%80%AE<issued>"),
    get("/invoice/٠٠٠٠٠٠٠٠-0000-4000-8000-000000000000"),
    get("/invoice/%EF%BC%90%EF%BC%900000000-0000-4000-8000-000000000000"),
    get("/invoice/" + "x" * 10_000),
    get("/invoice/" + "0" * 100_000),
    get("/invoice/00000000-0000-0000-0000-000000000000"),
    get("/invoice/ffffffff-ffff-ffff-ffff-ffffffffffff"),
    get("/invoice/__class__"),
    get("/invoice/{issued}"),
    get("/invoice/%3Cscript%3Ealert(1)%3C%2Fscript%3E"),
    get("/patient/<patient>%00"),
    get("/payment/0x1"),
    get("/appointment/%2e%2e"),
    get("/service/S1"),
    get("/tag/Recall"),
    # -- Slashes and dots
    get("//invoice/"),
    get("/invoice//"),
    get("/invoice//<issued>"),
    get("/invoice/<issued>//payments"),
    get("/invoice/<issued>/payments//"),
    get("///"),
    get("//evil.example/invoice/"),
    get("/./invoice/"),
    get("/invoice/../patient/"),
    get("/invoice/%2e%2e/patient/"),
    get("/invoice/..%2fpatient"),
    get("/invoice/%2e"),
    get("/invoice%2F<issued>", 200, ""),  # a server hands both over as the same path
    get("/invoice/<issued>%2Fpayments", 200, ""),
    get("/invoice/<issued>%252Fpayments"),
    get("/invoice/..%5c..%5cetc"),
    get("/invoice/..;/admin"),
    get("/static/../clinic/settings.py", 404),
    get("/static/..%2f..%2fclinic/settings.py", 404),
    get("/static/%2e%2e/%2e%2e/manage.py", 404),
    # -- Case, and what does not exist
    get("/INVOICE/"),
    get("/Invoice/<issued>"),
    get("/invoices/"),
    get("/invoice.json"),
    get("/invoice/<issued>/Void"),
    get("/invoice/<issued>/delete"),
    get("/invoice/<issued>/write_off"),
    get("/invoice/<issued>/items"),
    get("/invoice/<issued>/payments/<paid_payment>"),
    get("/invoice%00/"),
    get("/invoice\u200b/"),
    get("/api/v1/invoice/"),
    get("/.env"),
    get("/.git/config"),
    get("/wp-login.php"),
    get("/actuator/env"),
    get("/graphql"),
    get("/o/authorize/", code="invalid_request"),
    get("/o/applications/", code="invalid_request"),
    get("/o/introspect/", code="invalid_request"),
    get("/o/", code="invalid_request"),
    get("/metrics", 404, headers={"X-Forwarded-For": "127.0.0.1"}, who=""),
    get("/favicon.ico"),
    # -- Writes
    put("/invoice/0"),
    put("/invoice/%00"),
    put("/invoice/%2e%2e"),
    put("/patient/" + "x" * 1_000),
    put("/service/%ED%A0%80"),
    put("/tag/-1"),
    Case("a path", "POST /invoice/<nobody>/void", b"{", 404, "not_found"),
    Case("a path", "POST /invoice/%00/issue", b"{", 404, "not_found"),
    Case("a path", "POST /payment/x/reverse", b"{", 404, "not_found"),
    Case("a path", "POST /invoice//void", b"{}", 404, "not_found"),
    Case("a path", "POST /invoice/<issued>/void/again", b"{}", 404, "not_found"),
    # -- Other spellings of the same
    get("/invoice/<issued>/", 200, "", expect={"/id": "<issued>"}),
    get("/%69nvoice/<issued>", 200, "", expect={"/id": "<issued>"}),
    get("/invoice/<issued>?x=1&limit=-1", 200, "", expect={"/id": "<issued>"}),
]
