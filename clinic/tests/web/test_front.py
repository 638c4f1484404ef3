"""The front: whole bodies, lanes with bounded queues, and responses that no thread waits for."""

import asyncio
import json
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.http import HttpResponse, StreamingHttpResponse

from clinic.api.responses.errors import refusal
from clinic.web import front, lanes
from clinic.web.front import REFUSAL_SECONDS, Front
from clinic.web.lanes import Lane, LaneSize

pytestmark = pytest.mark.neutral


class Headers(dict):
    """Headers as granian gives them: `items()` leaves out a value that is not ASCII."""

    def items(self):
        return [(name, value) for name, values in super().items() for value in values if value.isascii()]


class Proto:
    """Granian's side of one request: a body in pieces, and the response that was sent first."""

    def __init__(self, *pieces, error=None, delay=0.0):
        self.pieces, self.error, self.delay = pieces, error, delay
        self.status = None

    async def __call__(self):
        await asyncio.sleep(self.delay)
        if self.error:
            raise self.error
        return b"".join(self.pieces)

    async def __aiter__(self):
        for piece in self.pieces:
            await asyncio.sleep(self.delay)
            yield piece

    def _respond(self, status, headers, body):
        if self.status is None:
            self.status, self.headers, self.body = status, {name.lower(): value for name, value in headers}, body

    def response_bytes(self, status, headers, body):
        self._respond(status, headers, body)

    def response_empty(self, status, headers):
        self._respond(status, headers, b"")

    def response_file(self, status, headers, path):
        with Path(path).open("rb") as file:
            self._respond(status, headers, file.read())


def scope(method="GET", path="/invoice/", **headers):
    named = {name.replace("_", "-"): value if isinstance(value, list) else [value] for name, value in headers.items()}
    return SimpleNamespace(
        method=method,
        path=path,
        query_string="a=b",
        http_version="1.1",
        scheme="http",
        server="127.0.0.1:8000",
        client="[::1]:4711",
        headers=Headers(named),
    )


def run(wsgi, *requests, sizes=None):
    """Send requests, each a scope and a Proto, at the same time through a front, and return it."""
    application = Front(wsgi, refusal)

    async def send():
        loop = asyncio.get_running_loop()
        sent = [asyncio.ensure_future(application.__rsgi__(*request)) for request in requests]
        while any(proto.status is None for _, proto in requests):
            await asyncio.sleep(0.01)
        loop.call_soon(application._end_finished)
        await asyncio.sleep(0.01)
        return [task.done() for task in sent]

    loop = asyncio.new_event_loop()
    application.lanes = {name: Lane(name, (sizes or {}).get(name, size)) for name, size in lanes.LANES.items()}
    try:
        loop.run_until_complete(asyncio.wait_for(send(), 20))
    finally:
        application.__rsgi_del__(loop)
        loop.close()
    return application


class Application:
    """A WSGI application that keeps what it was called with."""

    def __init__(self, response=None):
        self.seen = []
        self.response = response or HttpResponse(b"{}")

    def __call__(self, environ, start_response):
        self.seen.append(environ | {"body": environ["wsgi.input"].read()})
        start_response("200 OK", list(self.response.items()))
        return self.response


def problem(proto):
    return proto.status, json.loads(proto.body)["code"]


class TestBody:
    def test_application_gets_the_whole_body_and_its_length(self):
        application, proto = Application(), Proto(b"{", b"}")

        run(application, (scope("POST", content_length="2", content_type="application/json"), proto))

        assert proto.status == 200
        [seen] = application.seen
        assert (seen["body"], seen["CONTENT_LENGTH"], seen["CONTENT_TYPE"]) == (b"{}", "2", "application/json")

    def test_chunked_body_gets_a_length(self):
        application = Application()

        run(application, (scope("POST", transfer_encoding="chunked"), Proto(b"{", b"}", b"")))

        [seen] = application.seen
        assert (seen["body"], seen["CONTENT_LENGTH"]) == (b"{}", "2")
        assert "HTTP_TRANSFER_ENCODING" not in seen

    @pytest.mark.parametrize(
        ("headers", "proto", "expected"),
        [
            ({"content_length": "1048577"}, Proto(), (413, "body_too_large")),
            ({"transfer_encoding": "chunked"}, Proto(b"x" * 1_048_577, b""), (413, "body_too_large")),
            ({"transfer_encoding": "chunked"}, Proto(*[b"x"] * 10_002, b""), (413, "body_too_large")),
            ({"content_length": "2"}, Proto(b"{}", error=RuntimeError("closed")), (400, "bad_request")),
            ({"transfer_encoding": "chunked"}, Proto(b"{}", b"", b""), (400, "bad_request")),
            ({"content_length": "2"}, Proto(b"{}", delay=5), (408, "request_timeout")),
            ({"transfer_encoding": "chunked"}, Proto(b"{", b"}", b"", delay=0.08), (408, "request_timeout")),
        ],
        ids=["large", "large in chunks", "many chunks", "cut", "cut in chunks", "late", "late in chunks"],
    )
    def test_body_that_is_large_cut_or_late_is_refused_and_the_connection_closed(
        self, monkeypatch, headers, proto, expected
    ):
        monkeypatch.setattr(front, "BODY_SECONDS", 0.2 if expected[0] == 408 else 10)
        application = Application()

        run(application, (scope("POST", **headers), proto))

        assert problem(proto) == expected
        assert proto.headers["connection"] == "close"
        assert proto.headers["content-type"] == "application/problem+json"
        assert application.seen == []

    def test_refusal_has_the_headers_of_every_response_and_the_request_id(self, settings):
        settings.CORS_ALLOWED_ORIGINS = ["https://app.example.org"]
        asked = {"x_request_id": "from-the-client", "origin": "https://app.example.org"}
        proto = Proto()

        run(Application(), (scope("POST", content_length="9999999", **asked), proto))

        assert proto.headers["x-request-id"] == json.loads(proto.body)["request_id"] == "from-the-client"
        assert proto.headers["cache-control"] == "no-store"
        assert proto.headers["content-security-policy"].endswith("frame-ancestors 'none'")
        assert proto.headers["access-control-allow-origin"] == "https://app.example.org"

    def test_refusal_is_a_text_in_the_admin_and_an_oauth_error_at_the_token_endpoint(self):
        page, token = Proto(), Proto()

        run(
            Application(),
            (scope("POST", "/admin/login/", content_length="9999999"), page),
            (scope("POST", "/o/token/", content_length="9999999"), token),
        )

        assert (page.status, page.body) == (413, b"The body is too large.\n")
        assert (token.status, json.loads(token.body)["error"]) == (413, "invalid_request")

    def test_refused_request_is_logged(self, caplog):
        caplog.set_level("INFO", "clinic.requests")

        run(Application(), (scope("POST", content_length="9999999"), Proto()))

        [record] = caplog.records
        assert (record.msg["method"], record.msg["status"]) == ("POST", 413)


class TestEnvironment:
    def environ(self, *args, **headers):
        application = Application()
        run(application, (scope(*args, **headers), Proto()))
        return application.seen[0]

    def test_environment_describes_the_request(self):
        seen = self.environ(path="/patient/Müller", host="clinic.example")

        assert (seen["REQUEST_METHOD"], seen["QUERY_STRING"]) == ("GET", "a=b")
        assert seen["PATH_INFO"].encode("latin-1").decode() == "/patient/Müller"
        assert (seen["REMOTE_ADDR"], seen["SERVER_NAME"], seen["SERVER_PORT"]) == ("::1", "127.0.0.1", "8000")
        assert seen["HTTP_HOST"] == "clinic.example"
        assert "CONTENT_LENGTH" not in seen

    def test_header_with_an_underscore_does_not_count(self):
        application = Application()
        request = scope(x_forwarded_for="203.0.113.7")
        request.headers["x_forwarded_for"] = ["6.6.6.6"]
        request.headers["x_forwarded_proto"] = ["https"]

        run(application, (request, Proto()))

        assert application.seen[0]["HTTP_X_FORWARDED_FOR"] == "203.0.113.7"
        assert "HTTP_X_FORWARDED_PROTO" not in application.seen[0]

    def test_header_that_comes_twice_is_joined(self):
        seen = self.environ(x_forwarded_for=["6.6.6.6", "203.0.113.7"], cookie=["a=1", "b=2"])

        assert (seen["HTTP_X_FORWARDED_FOR"], seen["HTTP_COOKIE"]) == ("6.6.6.6,203.0.113.7", "a=1; b=2")

    def test_header_that_is_not_ascii_is_there_with_a_value_that_means_nothing(self):
        seen = self.environ(if_match="é", x_forwarded_for=["é", "203.0.113.7"])

        assert (seen["HTTP_IF_MATCH"], seen["HTTP_X_FORWARDED_FOR"]) == ("\xff", "203.0.113.7")


class Blocking(Application):
    """An application in which some requests, each a method and a path, wait until the test lets them go on."""

    def __init__(self, *requests):
        super().__init__()
        self.requests, self.go_on = requests, threading.Event()

    def __call__(self, environ, start_response):
        if (environ["REQUEST_METHOD"], environ["PATH_INFO"]) in self.requests:
            self.go_on.wait(20)
        return super().__call__(environ, start_response)


def while_blocked(application, blocked, asked):
    """Return the Protos of requests that are sent first, and that of one that is sent while they wait."""
    waiting, proto = [Proto() for _ in blocked], Proto()

    async def send():
        served = Front(application, refusal)
        served.__rsgi_init__(asyncio.get_running_loop())
        requests = [*zip([scope(*request) for request in blocked], waiting, strict=True), (asked, proto)]
        tasks = [asyncio.ensure_future(served.__rsgi__(*request)) for request in requests]
        for _ in range(200):
            await asyncio.sleep(0.02)
            if proto.status:
                break
        for task in tasks:
            task.cancel()

    try:
        asyncio.run(send())
        return [each.status for each in waiting], proto
    finally:
        application.go_on.set()


class TestLanes:
    def test_liveness_is_answered_while_every_thread_is_busy(self):
        paths = ["/invoice/", "/o/token/", "/admin/", "/admin/billing/invoice/export/csv/", "/readyz", "/metrics"]
        requests = [("GET", path) for path in paths] * 3

        waiting, alive = while_blocked(Blocking(*requests), requests, scope(path="/healthz", content_length="9999"))

        assert waiting == [None] * 18
        assert (alive.status, json.loads(alive.body)) == (200, {"status": "alive"})
        assert alive.headers["x-request-id"]

    @pytest.mark.parametrize(
        ("blocked", "other"),
        [
            (("GET", "/admin/billing/invoice/export/csv/"), ("GET", "/admin/")),
            (("POST", "/o/token/"), ("GET", "/invoice/")),
            (("POST", "/admin/login/"), ("GET", "/admin/")),
            (("POST", "/invoice/"), ("GET", "/invoice/")),
            (("GET", "/readyz"), ("GET", "/metrics")),
        ],
    )
    def test_request_of_another_lane_does_not_wait(self, blocked, other):
        waiting, proto = while_blocked(Blocking(blocked), [blocked] * 3, scope(*other))

        assert (waiting, proto.status) == ([None] * 3, 200)

    def test_request_beyond_the_queue_is_refused_after_a_pause_with_retry_after(self):
        application = Blocking(("GET", "/invoice/"))
        threading.Timer(0.1, application.go_on.set).start()
        protos = [Proto() for _ in range(5)]

        began = time.monotonic()
        run(application, *[(scope(), proto) for proto in protos], sizes={"read": LaneSize(threads=1, waiting=2)})

        assert time.monotonic() - began >= REFUSAL_SECONDS

        refused = [proto for proto in protos if proto.status == 503]
        assert len(refused) >= 2
        assert len(application.seen) == 5 - len(refused)
        assert problem(refused[0]) == (503, "overloaded")
        assert refused[0].headers["retry-after"] == "2"

    def test_request_that_waited_too_long_is_refused_and_never_run(self):
        application = Blocking(("GET", "/invoice/"))
        threading.Timer(1, application.go_on.set).start()
        first, second = Proto(), Proto()

        run(application, (scope(), first), (scope(), second), sizes={"read": LaneSize(1, 10, seconds=0.2)})

        assert (first.status, problem(second)) == (200, (503, "overloaded"))
        assert len(application.seen) == 1

    def test_request_that_runs_longer_is_answered_by_its_thread(self):
        """Granian answers 500 for a coroutine that ends without a response."""
        application, proto, ended_with = Blocking(("GET", "/invoice/")), Proto(), []
        threading.Timer(0.6, application.go_on.set).start()

        async def send():
            served = Front(application, refusal)
            served.lanes = {"read": Lane("read", LaneSize(1, 4, seconds=0.2))}
            await asyncio.wait_for(served.__rsgi__(scope(), proto), 20)
            ended_with.append(proto.status)
            served.lanes["read"].stop()

        asyncio.run(send())

        assert ended_with == [200]

    def test_readiness_is_refused_when_its_thread_takes_too_long(self):
        application, proto = Blocking(("GET", "/readyz")), Proto()
        threading.Timer(1, application.go_on.set).start()

        run(application, (scope(path="/readyz"), proto), sizes={"readyz": LaneSize(1, 4, 0.2, covers_running=True)})

        assert problem(proto) == (503, "overloaded")

    def test_threads_close_their_connections_when_they_end(self, monkeypatch):
        closed = []
        monkeypatch.setattr(lanes.connections, "close_all", lambda: closed.append(threading.current_thread().name))

        run(Application(), (scope(), Proto()))

        names = ["login-0", "long-0", "metrics-0", "page-0", "page-1", "read-0", "readyz-0", "write-0"]
        assert sorted(closed) == names


class TestResponse:
    def test_streamed_response_is_sent_from_a_file_with_its_length(self):
        proto = Proto()

        run(Application(StreamingHttpResponse([b"a" * 700_000, b"b" * 700_000])), (scope(), proto))

        assert (proto.status, proto.headers["content-length"]) == (200, "1400000")
        assert proto.body == b"a" * 700_000 + b"b" * 700_000

    def test_stream_that_fails_is_a_500_not_half_a_file(self, caplog):
        def fail():
            yield b"a" * 2_000_000
            raise ValueError("no")

        proto = Proto()
        run(Application(StreamingHttpResponse(fail())), (scope(), proto))

        assert proto.status == 500
        assert "could not be sent" in caplog.text

    def test_stream_is_not_produced_for_head(self):
        proto, produced = Proto(), []
        response = StreamingHttpResponse(produced.append(1) or b"x" for _ in range(3))

        run(Application(response), (scope("HEAD"), proto))

        assert (proto.status, proto.body, produced) == (200, b"", [])

    def test_response_is_closed(self):
        response, closed = HttpResponse(b"{}"), []
        response.close = lambda: closed.append(True)

        run(Application(response), (scope(), Proto()))

        assert closed == [True]
