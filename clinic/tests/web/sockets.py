"""Raw connections to a server: unfinished requests, and time limits of finished ones."""

import socket
import ssl
import time
from contextlib import ExitStack, contextmanager

HALVES = {
    "length": b"POST /invoice/ HTTP/1.1\r\n%sContent-Length: 1000\r\n\r\n{",
    "chunks": b"POST /invoice/ HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n3\r\n{  \r\n",
    "multipart": b"POST /invoice/ HTTP/1.1\r\n%sContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000"
    b'\r\n\r\n--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\nc',
    "headers": b"GET /invoice/ HTTP/1.1\r\n%sX-Slow: ",
    "token": b"POST /o/token/ HTTP/1.1\r\n%sContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 90"
    b"\r\n\r\ngrant_type=password",
}
"""Requests without their end; a Host header stands for the %s."""

UNVERIFIED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
UNVERIFIED.check_hostname, UNVERIFIED.verify_mode = False, ssl.CERT_NONE


def connect(port, *, tls=False):
    """Return a connection to a port of this machine."""
    line = socket.create_connection(("127.0.0.1", port), timeout=10)
    if not tls:
        return line
    return UNVERIFIED.wrap_socket(line, server_hostname="localhost")


@contextmanager
def open_halves(port, kind, number, *, tls=False):
    """Keep so many unfinished requests open during the block."""
    with ExitStack() as stack:
        for _ in range(number):
            stack.enter_context(line := connect(port, tls=tls))
            line.sendall(HALVES[kind] % b"Host: localhost\r\n")
        yield


def get(port, path, *, tls=False, headers=""):
    """Return the status, the head and the body of a GET on its own connection, and the seconds that it took."""
    began = time.monotonic()
    with connect(port, tls=tls) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Connection: close\r\n\r\n".encode())
        received = b""
        while piece := line.recv(65_536):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), head, body, time.monotonic() - began
