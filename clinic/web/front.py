"""Front of the application: an RSGI application that takes whole requests, and has them answered in threads.

Granian runs it on the event loop of each worker. A body is read there, with a limit, a deadline and a check that it is
complete; only then does a thread of a lane run Django's WSGI application. So no thread ever waits for a client: neither
for a body, nor for a slow reader, because a streamed response is written to a temporary file first and sent from there
by granian. `/healthz` is answered by the event loop itself. docs/adr/0008-front.md has the alternatives and figures.
"""

import asyncio
import io
import logging
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable
from tempfile import TemporaryFile
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from clinic.web.headers import ContentSecurityPolicyMiddleware, CorsMiddleware, HeadersMiddleware
from clinic.web.lanes import LANES, Lane, lane_name
from clinic.web.metrics import count_response
from clinic.web.request_id import HEADER, get_request_id, request_id_from
from clinic.web.request_log import log_refused_request

BODY_SECONDS = 10
REFUSAL_SECONDS = 0.5  # before a 503: clients that ask again at once took two thirds of the processor time from others
MAX_PIECES = 10_000  # of a chunked body: each costs the event loop some microseconds
IN_MEMORY = 1024 * 1024  # bytes of a streamed response beyond which it goes through a file
SWITCH_SECONDS = (
    0.001  # after which a thread gives way; with 0.005, Python's, a GET beside an export takes twice as long
)
FILE_SECONDS = 60  # after which granian has opened the file of a response
UNREADABLE = "\xff"  # stands for the value of a header that is not ASCII, which granian leaves out

Headers = list[tuple[str, str]]
Refusal = Callable[[HttpRequest, str], HttpResponse]

log = logging.getLogger(__name__)


class BodyRefused(Exception):
    """A body is too large, incomplete or late; the argument is the code of the error."""


class Front:
    """RSGI application: reads requests, and runs the WSGI application in the threads of its lanes.

    `refusal` returns the response for a request that Django does not see, by a code of the API's HTTP errors.
    """

    def __init__(self, wsgi: Callable[..., Iterable[bytes]], refusal: Refusal) -> None:
        self.wsgi, self.refusal = wsgi, refusal
        self.headers = _headers_of_every_response()
        self.lanes: dict[str, Lane] = {}
        self.finished: deque[_Job] = deque()  # by threads; their coroutines have not ended yet

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the threads; granian calls this in each worker."""
        sys.setswitchinterval(SWITCH_SECONDS)
        self.lanes = {name: Lane(name, size) for name, size in LANES.items()}

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """End the threads, then the coroutines."""
        for lane in self.lanes.values():
            lane.stop()
        self._end_finished()
        loop.run_until_complete(asyncio.sleep(0))

    async def __rsgi__(self, scope: Any, proto: Any) -> None:
        """Answer a request."""
        method, path = scope.method, scope.path
        if path in ("/healthz", "/healthz/") and method in ("GET", "HEAD"):
            headers = [*self.headers, (HEADER, request_id_from("")), ("Content-Type", "application/json")]
            proto.response_bytes(200, headers, b'{"status": "alive"}')
            return
        self._end_finished()
        fields = _fields(scope.headers)
        try:
            body = await _read_body(fields, proto)
        except BodyRefused as error:
            self._refuse(scope, fields, proto, str(error), [("Connection", "close")])
            return
        loop, lane = asyncio.get_running_loop(), self.lanes[lane_name(method, path)]
        job = _Job(self, _environ(scope, fields, body), proto, loop)
        if not lane.put(job.run):
            await asyncio.sleep(REFUSAL_SECONDS)
            self._refuse(scope, fields, proto, "overloaded")
            return

        deadline: asyncio.TimerHandle

        def give_up() -> None:
            nonlocal deadline
            if job.claim() or lane.size.covers_running:
                self._refuse(scope, fields, proto, "overloaded")
            elif not job.is_finished:  # a thread runs it: granian answers 500 if the coroutine ends before the response
                deadline = loop.call_later(1, give_up)
                return
            job.end()

        deadline = loop.call_later(lane.size.seconds, give_up)
        await job.ended
        deadline.cancel()

    def _end_finished(self) -> None:
        """End the coroutines of jobs that are finished.

        Called by the next request, or else by its deadline: to wake the event loop for each job took 50 µs.
        """
        while self.finished:
            self.finished.popleft().end()

    def _refuse(self, scope: Any, fields: dict[str, str], proto: Any, code: str, more: Headers | None = None) -> None:
        """Answer without Django: a problem, below /o/ an OAuth error, for a page of the admin a text."""
        request = HttpRequest()
        request.method, request.path = scope.method, scope.path
        request.path_info = request.path
        request.request_id = request_id_from(fields.get("x-request-id", ""))  # type: ignore[attr-defined]
        if origin := fields.get("origin"):
            request.META["HTTP_ORIGIN"] = origin
        response = CorsMiddleware(lambda _: self.refusal(request, code))(request)
        headers = [*self.headers, *response.items(), (HEADER, get_request_id(request)), *(more or [])]
        proto.response_bytes(response.status_code, headers, response.content)
        count_response(request, response.status_code)
        log_refused_request(request, response.status_code)


def _headers_of_every_response() -> Headers:
    """Return the headers that the middleware adds to a response that has none of its own."""
    chain: Any = HeadersMiddleware(
        ContentSecurityPolicyMiddleware(
            XFrameOptionsMiddleware(SecurityMiddleware(lambda _: HttpResponse()))  # type: ignore[arg-type]
        )
    )
    request = WSGIRequest({"REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "https"})
    return [(name, value) for name, value in chain(request).items() if name != "Content-Type"]


# -- The request


def _fields(headers: Any) -> dict[str, str]:
    """Return the headers by name; those that came more than once joined, those with an underscore left out.

    Django could not tell `X_Forwarded_For`, which a client may forge, from `X-Forwarded-For`.
    """
    fields = {name: UNREADABLE for name in headers.keys() if "_" not in name}  # noqa: SIM118  # they are no mapping
    for name, value in headers.items():
        if name in fields:
            known = fields[name]
            fields[name] = value if known is UNREADABLE else f"{known}{'; ' if name == 'cookie' else ','}{value}"
    return fields


async def _read_body(fields: dict[str, str], proto: Any) -> bytes:
    """Return the whole body; BodyRefused if it is too large, or not complete within BODY_SECONDS."""
    is_chunked, length = "transfer-encoding" in fields, fields.get("content-length", "0")
    if not is_chunked and length == "0":
        return b""
    if not is_chunked and int(length) > settings.MAX_BODY_BYTES:
        raise BodyRefused("body_too_large")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body: bytes = await (_read_chunks(proto) if is_chunked else proto())
            return body
    except TimeoutError as error:
        raise BodyRefused("request_timeout") from error
    except RuntimeError as error:  # granian's, when the connection ends before the body does
        raise BodyRefused("bad_request") from error


async def _read_chunks(proto: Any) -> bytes:
    """Return a chunked body. Granian yields an empty chunk at its end, and one more if the connection was cut."""
    pieces: list[bytes] = []
    size = ends = 0
    async for chunk in proto:
        size += len(chunk)
        ends += not chunk
        if size > settings.MAX_BODY_BYTES or len(pieces) > MAX_PIECES:
            raise BodyRefused("body_too_large")
        pieces.append(chunk)
    if ends != 1:
        raise BodyRefused("bad_request")
    return b"".join(pieces)


_ENVIRON = {
    "SCRIPT_NAME": "",
    "HTTP_HOST": "",  # refused as an unknown host
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


def _environ(scope: Any, fields: dict[str, str], body: bytes) -> dict[str, Any]:
    """Return the WSGI environment of a request."""
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        **_ENVIRON,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
    }
    for name, value in fields.items():
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    if "HTTP_CONTENT_TYPE" in environ:
        environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE")
    if environ.pop("HTTP_CONTENT_LENGTH", None) is not None or environ.pop("HTTP_TRANSFER_ENCODING", None) is not None:
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ


# -- The response


class _Job:
    """One request on its way through a lane: either a thread runs it, or the event loop gives it up."""

    def __init__(self, front: Front, environ: dict[str, Any], proto: Any, loop: asyncio.AbstractEventLoop) -> None:
        self.front, self.environ, self.proto, self.loop = front, environ, proto, loop
        self.ended = loop.create_future()
        self.is_finished = False  # whether its response was sent by a thread
        self._claimed = threading.Lock()

    def claim(self) -> bool:
        """Return whether the caller is the first to claim the job."""
        return self._claimed.acquire(blocking=False)

    def end(self) -> None:
        """Wake the coroutine; called in the event loop."""
        if not self.ended.done():
            self.ended.set_result(None)

    def run(self) -> None:
        """Run the WSGI application and send its response; called in a thread of a lane."""
        if not self.claim():
            return
        try:
            self._respond()
        except BaseException:  # a panic of granian's is no Exception; the thread goes on
            log.exception("A response could not be sent")
            self.proto.response_empty(500, [])
        self.is_finished = True
        self.front.finished.append(self)

    def _respond(self) -> None:
        started: list[Any] = []

        def start_response(status: str, headers: Headers, _: Any = None) -> None:
            started[:] = int(status[:3]), headers

        result: Any = self.front.wsgi(self.environ, start_response)
        try:
            status, headers = started
            if self.environ["REQUEST_METHOD"] == "HEAD" and getattr(result, "streaming", False):
                self.proto.response_empty(status, headers)
            elif getattr(result, "streaming", False) and not _is_small(headers):
                self._send_file(status, headers, result)
            else:
                self.proto.response_bytes(status, headers, b"".join(result))
        finally:
            result.close()

    def _send_file(self, status: int, headers: Headers, result: Iterable[bytes]) -> None:
        """Write the response to a file without a name, and let granian send that, however slowly it is read."""
        file = TemporaryFile()  # noqa: SIM115  # closed below
        file.writelines(result)
        file.flush()
        if not any(name.lower() == "content-length" for name, _ in headers):
            headers = [*headers, ("Content-Length", str(file.tell()))]
        self.proto.response_file(status, headers, f"/dev/fd/{file.fileno()}")
        self.loop.call_soon_threadsafe(self.loop.call_later, FILE_SECONDS, file.close)


def _is_small(headers: Headers) -> bool:
    return any(name.lower() == "content-length" and int(value) <= IN_MEMORY for name, value in headers)
