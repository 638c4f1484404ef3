"""The two endpoints of OAuth2: broken forms, grants that are not given, and clients that are not what they say."""

from collections.abc import Mapping
from urllib.parse import urlencode

from billing.tests.hostile.case import Case

PASSWORD = "correct horse battery"
LOGIN = {"grant_type": "password", "client_id": "demo", "username": "clerk", "password": PASSWORD}
MACHINE = {"grant_type": "client_credentials", "client_id": "lab", "client_secret": "kept to itself"}
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def token(
    name: str,
    status: int = 400,
    code: str = "invalid_request",
    /,
    headers: Mapping[str, str] | None = None,
    **changed: str | None,
) -> Case:
    """A login with something else in it; None leaves it out."""
    return _form("/o/token/", name, {**LOGIN, **changed}, status, code, headers)


def machine(
    name: str,
    status: int = 401,
    code: str = "invalid_client",
    /,
    headers: Mapping[str, str] | None = None,
    **changed: str | None,
) -> Case:
    """An application that asks for itself."""
    return _form("/o/token/", name, {**MACHINE, **changed}, status, code, headers)


def revoke(
    name: str,
    status: int = 400,
    code: str = "invalid_request",
    /,
    headers: Mapping[str, str] | None = None,
    **form: str | None,
) -> Case:
    """A token is given back."""
    return _form("/o/revoke_token/", name, form, status, code, headers)


def sent(
    name: str, body: bytes, status: int = 400, code: str = "invalid_request", kind: str = FORM["Content-Type"]
) -> Case:
    """Something that is no form, or one in odd bytes."""
    return Case(name, "POST /o/token/", body, status, code, who="", headers={"Content-Type": kind})


def _form(
    path: str, name: str, form: dict[str, str | None], status: int, code: str, headers: Mapping[str, str] | None
) -> Case:
    body = urlencode({key: value for key, value in form.items() if value is not None})
    return Case(name, f"POST {path}", body, status, code, who="", headers={**FORM, **(headers or {})})


CASES = [
    # -- Forms
    token("no grant", 200, "", grant_type=None),
    token("an empty grant", 200, "", grant_type=""),
    token("no grant and no name", grant_type=None, username=None),
    token("an empty scope", 200, "", scope=""),
    token("a grant of nobody", 400, "unsupported_grant_type", grant_type="x"),
    token("a grant in capitals", 400, "unsupported_grant_type", grant_type="PASSWORD"),
    token("a code", 400, "unsupported_grant_type", grant_type="authorization_code", code="x"),
    token("a refresh without a token", 400, "invalid_request", grant_type="refresh_token"),
    token("a refresh of nothing", 400, "invalid_grant", grant_type="refresh_token", refresh_token="x"),
    token(
        "a refresh with an access token",
        400,
        "invalid_grant",
        grant_type="refresh_token",
        refresh_token="<token_clerk>",
    ),
    token("a device without a code", 400, "unsupported_grant_type", grant_type=DEVICE),
    token("a device with a code", 400, "unsupported_grant_type", grant_type=DEVICE, device_code="x"),
    token("no name", 400, "invalid_request", username=None),
    token("an empty name", 400, "invalid_request", username=""),
    token("no password", 400, "invalid_request", password=None),
    token("an empty password", 400, "invalid_request", password=""),
    token("a wrong password", 400, "invalid_grant", password="wrong"),
    token("nobody's name", 400, "invalid_grant", username="nobody"),
    token("the name of who left", 400, "invalid_grant", username="gone"),
    token("a name with a NUL", username="clerk\0"),
    token("a password with a NUL", password="a\0b"),
    token("a name in full width", 400, "invalid_grant", username="ｃｌｅｒｋ"),
    token("a name in capitals", 400, "invalid_grant", username="CLERK"),
    token("a name with a space", 400, "invalid_grant", username="clerk "),
    token("a name with a statement", 400, "invalid_grant", username="clerk' --"),
    token("a name with a line feed", 400, "invalid_grant", username="clerk\nadmin"),
    token("a name of 4,097 characters", username="x" * 4_097),
    token("a name of 4,096 characters", 400, "invalid_grant", username="x" * 4_096),
    token("a password of 4,097 characters", password="x" * 4_097),
    token("a scope of nobody", 400, "invalid_scope", scope="admin"),
    token("a scope with a NUL", scope="invoice:read\0"),
    token("a scope with a comma", 400, "invalid_scope", scope="invoice:read,invoice:write"),
    token("all scopes by a star", 400, "invalid_scope", scope="*"),
    token("1,000 scopes", scope="invoice:read " * 1_000),
    # -- Clients
    token("no client", 401, "invalid_client", client_id=None),
    token("an empty client", 401, "invalid_client", client_id=""),
    token("a client of nobody", 401, "invalid_client", client_id="x"),
    token("a client with a NUL", client_id="demo\0"),
    token("a client with a statement", 401, "invalid_client", client_id="demo' OR 1=1 --"),
    token("a client of 4,097 characters", client_id="x" * 4_097),
    token("the machine's client with a password", 401, "invalid_client", client_id="lab"),
    machine("no secret", client_secret=None),
    machine("an empty secret", client_secret=""),
    machine("a wrong secret", client_secret="x"),
    machine("a secret with a NUL", 400, "invalid_request", client_secret="kept to itself\0"),
    machine("a secret in capitals", client_secret="KEPT TO ITSELF"),
    machine("a public client", 401, "invalid_client", client_id="demo", client_secret=None),
    machine("a password", 400, "unauthorized_client", grant_type="password", username="clerk", password=PASSWORD),
    machine("a scope of root", 400, "invalid_scope", scope="root"),
    machine("no bytes as basic", 401, "invalid_client", {"Authorization": "Basic"}, client_id=None, client_secret=None),
    machine(
        "nonsense as basic", 401, "invalid_client", {"Authorization": "Basic !!!"}, client_id=None, client_secret=None
    ),
    machine(
        "no colon in basic", 401, "invalid_client", {"Authorization": "Basic bGFi"}, client_id=None, client_secret=None
    ),
    machine(
        "latin-1 in basic", 401, "invalid_client", {"Authorization": "Basic /zp4"}, client_id=None, client_secret=None
    ),
    machine("a token as client", 401, "invalid_client", {"Authorization": "Bearer <token_clerk>"}, client_secret=None),
    # -- Bodies
    sent("nothing", b""),
    sent("JSON", b'{"grant_type": "password"}', kind="application/json"),
    sent("a NUL", b"\0", 400, "invalid_request"),
    sent("a parameter with a NUL", b"%00=1&grant_type=password", 400, "invalid_request"),
    sent("half of a character", b"grant_type=password&username=%ED%A0%80", 400, "invalid_request"),
    sent("no UTF-8", b"grant_type=password&client_id=demo&username=%FF&password=x", 400, "invalid_grant"),
    sent("a parameter twice", b"grant_type=password&grant_type=refresh_token", 400, "invalid_request"),
    sent("1,001 parameters", b"&".join(b"a%d=1" % number for number in range(1_001)), 400, "invalid_request"),
    sent("a broken form of parts", b"--x\r\n", kind="multipart/form-data; boundary=x"),
    sent("parts without a boundary", b"x", 400, "invalid_request", "multipart/form-data"),
    sent(
        "a charset of nobody",
        b"grant_type=password",
        400,
        "invalid_request",
        "application/x-www-form-urlencoded; charset=x",
    ),
    sent("more than a mebibyte", b"a=" + b"x" * 1_048_577, 400, "invalid_request"),
    Case("a login in the URL", f"POST /o/token/?{urlencode(LOGIN)}", b"", 400, "invalid_request", who=""),
    Case("a login by GET", f"GET /o/token/?{urlencode(LOGIN)}", None, 405, "", who=""),
    Case("a login by PUT", "PUT /o/token/", b"x", 405, "", who="", headers=FORM),
    Case("a NUL in the URL", "POST /o/token/?a=%00", b"grant_type=x", 400, "invalid_request", who="", headers=FORM),
    # -- Giving back
    revoke("nothing"),
    revoke("without a client", 401, "invalid_client", token="x"),
    revoke("with a client of nobody", 401, "invalid_client", token="x", client_id="x"),
    revoke("with a NUL", token="x\0", client_id="demo"),
    revoke("with a token of 4,097 characters", token="x" * 4_097, client_id="demo"),
    revoke("without a token", client_id="demo"),
    revoke("of a kind of nobody", 200, "", token="x", client_id="demo", token_type_hint="x"),
    revoke("without a secret", 401, "invalid_client", token="x", client_id="lab"),
    Case("by GET", "GET /o/revoke_token/?token=x&client_id=demo", None, 405, "", who=""),
]
