"""Malformed requests as raw bytes on a socket.

`{token}` is a clerk's; each line says which status is due; 400 is mostly the server's own.
"""

from typing import NamedTuple


class Raw(NamedTuple):
    """Bytes, and the statuses that may answer them; 0 is a line that is closed before all was sent."""

    name: str
    sent: bytes
    statuses: tuple[int, ...]


HOST = b"Host: localhost\r\n"
WHO = b"Authorization: Bearer {token}\r\n"
JSON = b"Content-Type: application/json\r\n"
END = b"Connection: close\r\n\r\n"


def get(name: str, headers: bytes, *statuses: int, target: bytes = b"/invoice/", who: bytes = WHO) -> Raw:
    """A list is read under these headers."""
    return Raw(name, b"GET " + target + b" HTTP/1.1\r\n" + HOST + who + headers + END, statuses)


def post(name: str, headers: bytes, body: bytes, *statuses: int, target: bytes = b"/patient/") -> Raw:
    """A patient is posted under these headers."""
    return Raw(name, b"POST " + target + b" HTTP/1.1\r\n" + HOST + WHO + headers + END + body, statuses)


KIM = b'{"family_name": "Kim"}'
CASES = [
    # -- Lines that are no request
    Raw("a greeting", b"HELO clinic\r\n\r\n", (400,)),
    Raw("a TLS greeting", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64, (400,)),
    Raw("HTTP of no version", b"GET /invoice/\r\n" + HOST + END, (400,)),
    Raw("HTTP of another version", b"GET /invoice/ HTTP/9.9\r\n" + HOST + END, (400,)),
    Raw("no host", b"GET /invoice/ HTTP/1.1\r\n" + END, (400,)),
    Raw("two hosts", b"GET /invoice/ HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n" + END, (400,)),
    Raw("a host elsewhere", b"GET /invoice/ HTTP/1.1\r\nHost: evil.example\r\n" + END, (400,)),
    Raw("a full address", b"GET http://evil.example/invoice/ HTTP/1.1\r\n" + HOST + END, (401,)),
    Raw("a star", b"OPTIONS * HTTP/1.1\r\n" + HOST + END, (404,)),
    Raw("a tunnel", b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + END, (404,)),
    Raw("a space in the path", b"GET /invoice/ x HTTP/1.1\r\n" + HOST + END, (400,)),
    Raw("a NUL in the path", b"GET /invoice/\0 HTTP/1.1\r\n" + HOST + END, (400,)),
    Raw("bytes in the path", b"GET /invoice/\xff\xfe HTTP/1.1\r\n" + HOST + WHO + END, (400,)),
    Raw("bytes in the query", b"GET /invoice/?\xff=\xfe HTTP/1.1\r\n" + HOST + WHO + END, (400,)),
    get("a path of 100,000", b"", 414, 0, target=b"/" + b"x" * 100_000),
    get("two slashes", b"", 404, target=b"//invoice/"),
    get("a way up", b"", 404, target=b"/static/../../manage.py"),
    get("a way up, escaped", b"", 404, target=b"/static/%2e%2e/%2e%2e/manage.py"),
    # -- Headers
    get("a NUL in a header", b"X-A: a\0b\r\n", 400),
    get("bytes in a header", b"X-A: \xff\xfe\r\n", 200),
    get("a header without a colon", b"X-A\r\n", 400),
    get("a space before a colon", b"X-A : a\r\n", 400),
    get("a folded header", b"X-A: a\r\n b\r\n", 400),
    get("10,000 headers", b"".join(b"X-%d: a\r\n" % n for n in range(10_000)), 431, 0),
    get("a header of a mebibyte", b"X-A: " + b"a" * 1_048_576 + b"\r\n", 431, 0),
    get("two authorizations", b"Authorization: Bearer x\r\n", 401),
    get("two authorizations, the wrong one first", WHO, 401, who=b"Authorization: Bearer x\r\n"),
    get("an authorization in bytes", b"", 401, who=b"Authorization: Bearer \xff\xfe\r\n"),
    get("underscores for dashes", b"", 401, who=b"Authorization_: Bearer {token}\r\n"),
    get("a charset with a NUL", b"Content-Type: application/json; charset=a\0b\r\n", 400),
    get("an upgrade", b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: x\r\n", 200),
    get("a socket of the web", b"Upgrade: websocket\r\nSec-WebSocket-Key: x\r\n", 200),
    # -- Lengths
    post("no length", JSON, KIM, 400),
    post("two lengths", JSON + b"Content-Length: 5\r\nContent-Length: 22\r\n", KIM, 400),
    post("a length below zero", JSON + b"Content-Length: -1\r\n", KIM, 400),
    post("a length with a plus", JSON + b"Content-Length: +22\r\n", KIM, 400),
    post("a length of letters", JSON + b"Content-Length: many\r\n", KIM, 400),
    post("a length beyond all", JSON + b"Content-Length: " + b"9" * 30 + b"\r\n", KIM, 400),
    post("a short length", JSON + b"Content-Length: 5\r\n", KIM, 400),
    post("a length and pieces", JSON + b"Content-Length: 22\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n", 400),
    post("pieces", JSON + b"Transfer-Encoding: chunked\r\n", b"16\r\n" + KIM + b"\r\n0\r\n\r\n", 201),
    post("pieces of no length", JSON + b"Transfer-Encoding: chunked\r\n", b"zz\r\n" + KIM + b"\r\n", 400),
    post("a piece beyond all", JSON + b"Transfer-Encoding: chunked\r\n", b"f" * 20 + b"\r\n" + KIM, 400),
    post("two codings", JSON + b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n", 400),
    post("a coding that is unknown", JSON + b"Transfer-Encoding: x\r\n", KIM, 400),
    post("a request behind it", JSON + b"Content-Length: 2\r\n", b"{}GET /admin/ HTTP/1.1\r\n\r\n", 400),
    post("a promise to go on", JSON + b"Expect: 100-continue\r\nContent-Length: 2\r\n", b"{}", 100),
    post("a kind in bytes", b"Content-Type: \xff\xfe\r\nContent-Length: 22\r\n", KIM, 415),
    post("a token's form in bytes", b"Content-Length: 3\r\n", b"\xff=\0", 400, target=b"/o/token/"),
]
