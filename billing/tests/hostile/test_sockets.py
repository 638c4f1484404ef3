"""Bytes on a line, against a server that runs: an answer that was due, and a server that goes on answering."""

import json
import socket
from collections import Counter

import pytest

from billing.tests.hostile.sockets import CASES
from billing.tests.live_server import Books, served

pytestmark = [pytest.mark.slow, pytest.mark.neutral]


@pytest.fixture(scope="module")
def books(tmp_path_factory, django_db_setup):
    with Books(tmp_path_factory.mktemp("hostile")) as books:
        yield books


@pytest.fixture(scope="module")
def server(books):
    with served(books, workers=1) as server:
        yield server


@pytest.fixture(scope="module")
def token(server):
    return server.token().encode()


def answer_to(sent, port):
    """The status and the rest of what comes back; 0 when the line is closed without a word."""
    with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
        received = b""
        try:
            line.sendall(sent)
            while piece := line.recv(65_536):
                received += piece
        except (ConnectionError, TimeoutError):
            pass
    return (int(received.split(b" ", 2)[1]) if received.startswith(b"HTTP/") else 0), received


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bytes_on_a_socket_have_their_expected_response(server, books, token, case):
    before = books.count("patients_patient")

    status, received = answer_to(case.sent.replace(b"{token}", token), server.port)

    assert status in case.statuses, received[:300]
    head, _, body = received.partition(b"\r\n\r\n")
    if status >= 400 and body and b"x-request-id" in head.lower():  # the product's answer, not the server's
        members = json.loads(body[body.index(b"{") : body.rindex(b"}") + 1])  # without the lengths of its pieces
        assert "error" in members or members["status"] == status
    assert books.count("patients_patient") == before + (status == 201)
    assert server.ask("GET", "/healthz")[0] == 200


def test_titles_of_the_cases_are_unique():
    assert [name for name, count in Counter(case.name for case in CASES).items() if count > 1] == []
