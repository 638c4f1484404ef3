"""A clinic with one of each, its front door, and a look at whether anything in it has changed."""

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote_to_bytes

from django.apps import apps
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, transaction
from django.utils import timezone
from oauth2_provider.models import Application

from billing.tests.factories import InvoiceFactory, PaymentFactory, ServiceFactory, TagFactory, item
from billing.tests.rights.routes import NOBODY
from clinic.testing import SCOPES, in_role, token_for
from clinic.web.server import buffer_chunked_body
from patients.tests.factories import AppointmentFactory, PatientFactory

WATCHED = ("billing", "patients", "clinic", "oauth2_provider", "auth")
PASSWORD = "correct horse battery"  # of every login here
WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class Answer:
    """The response of a WSGI call."""

    def __init__(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.status_code, self.headers, self.content = status, headers, content

    def json(self) -> Any:
        return json.loads(self.content)


class Clinic:
    """`names` are the ids of what is there, `tokens` those of whoever may send something."""

    def __init__(self) -> None:
        self.tokens = people()
        self.names = {"nobody": NOBODY, **{name: str(record.pk) for name, record in cast().items()}}
        self.names |= {f"token_{name}": token for name, token in self.tokens.items()}
        self._wsgi_call = buffer_chunked_body(WSGIHandler())
        self._before = everything()

    def send(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        who: str = "supervisor",
        headers: Mapping[str, str | None] | None = None,
    ) -> Answer:
        """A request as a server hands it over, through all of the middleware."""
        path, _, query = target.partition("?")
        members: list[Any] = []

        def start(status: str, sent: Any, *_: Any) -> Any:
            members.append((status, sent))

        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": _on_the_wire(query),
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            **_headers({**self._usual(who, body), **(headers or {})}),
        }
        answer: Any = self._wsgi_call(environ, start)
        try:
            content = b"".join(answer)
        finally:
            answer.close()
        line, sent = members[0]
        content = b"" if method == "HEAD" else content  # as a server does
        return Answer(int(line.split()[0]), {name.lower(): value for name, value in sent}, content)

    def changes(self) -> list[str]:
        """The tables that are not as they were at the beginning."""
        now = everything()
        return [name for name, rows in now.items() if rows != self._before[name]]

    def _usual(self, who: str, body: bytes) -> dict[str, str]:
        usual = {"Host": "testserver"}
        if who:
            usual["Authorization"] = f"Bearer {self.tokens[who]}"
        if body:
            usual |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        return usual


def _headers(headers: Mapping[str, str | None]) -> dict[str, str]:
    """Headers as WSGI names them."""
    sent = ((name, _on_the_wire(value)) for name, value in headers.items() if value is not None)
    named = {name.upper().replace("-", "_"): value for name, value in sent}
    bare = {"CONTENT_TYPE", "CONTENT_LENGTH"}
    return {name if name in bare else f"HTTP_{name}": value for name, value in named.items()}


def _on_the_wire(text: str) -> str:
    """A text as WSGI hands over its bytes."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


class Writes:
    """Notes whether a statement writes: where none did, there is nothing to look for."""

    happened = False

    def __call__(self, execute: Any, sql: Any, *statement: Any) -> Any:
        self.happened = self.happened or str(sql).lstrip().upper().startswith(WRITING)
        return execute(sql, *statement)


@contextmanager
def undone() -> Iterator[Writes]:
    """Whatever is stored meanwhile is taken back; tells whether anything was written at all."""
    writes = Writes()
    with transaction.atomic(), connection.execute_wrapper(writes):
        yield writes
        transaction.set_rollback(True)


def everything() -> dict[str, list[Any]]:
    """Every row of every table that a request could reach."""
    models: Iterable[Any] = (model for label in WATCHED for model in apps.get_app_config(label).get_models())
    return {model._meta.label: list(model._base_manager.order_by("pk").values_list()) for model in models}


def cast() -> dict[str, Any]:
    """One of each, by name; what begins with “other” is of another patient."""
    ana = User.objects.get(username="ana")
    patient, other = PatientFactory(login=ana, given_name="Ana"), PatientFactory(given_name="Otto")
    survivor = PatientFactory()
    records: dict[str, Any] = {
        "patient": patient,
        "other_patient": other,
        "survivor": survivor,
        "merged": PatientFactory(merged=True, merged__into=survivor),
        "appointment": AppointmentFactory(patient=patient),
        "other_appointment": AppointmentFactory(patient=other),
        "service": ServiceFactory(code="S1", category="Visits"),
        "tag": TagFactory(name="Recall"),
        "other_tag": TagFactory(name="Slow payer"),
        "credit": PaymentFactory(patient=survivor),
        "spent": PaymentFactory(patient=survivor, reversed=True),
    }
    states: dict[str, dict[str, Any]] = {
        "draft": {"tags": ["Recall"]},
        "empty": {"items": []},
        "deposit": {"deposit": "40.00"},
        "issued": {"issued": True},
        "part_paid": {"part_paid": "40.00"},
        "paid": {"paid": True},
        "refunded": {"refunded": "30.00"},
        "written_off": {"written_off": True},
        "void": {"void": True},
        "credited": {"credited": True},
    }
    for name, state in states.items():
        records[name] = InvoiceFactory(patient=patient, **{"items": [item()], **state})
    records["other_draft"] = InvoiceFactory(patient=other)
    records["other_invoice"] = InvoiceFactory(patient=other, paid=True, notes="Secret of Otto")
    records["survivor_invoice"] = InvoiceFactory(patient=survivor, issued=True)
    for name in ("draft", "issued", "paid", "other_invoice"):
        records[f"{name}_item"] = records[name].ordered_items[0]
    for name in ("paid", "part_paid", "other_invoice"):
        records[f"{name}_payment"] = records[name].allocations.first().payment
    return records


def people() -> dict[str, str]:
    """The tokens: a login in each role, and tokens that open nothing or little."""
    demo = Application.objects.create(
        name="demo",
        client_id="demo",
        client_type=Application.CLIENT_PUBLIC,
        authorization_grant_type=Application.GRANT_PASSWORD,
    )
    machine = User.objects.create_user("machine")
    Application.objects.create(
        name="lab",
        client_id="lab",
        client_secret="kept to itself",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
        user=in_role(machine, "integration"),
    )
    logins = {name: User.objects.create_user(name, password=PASSWORD) for name in ("ana", "outsider", "gone")}
    for role in ("clerk", "supervisor", "auditor"):
        logins[role] = in_role(User.objects.create_user(role, password=PASSWORD, is_staff=True), role)
    in_role(logins["gone"], "supervisor")
    User.objects.filter(username="gone").update(is_active=False)
    tokens = {name: token_for(login, application=demo) for name, login in logins.items()}
    reading = [scope for scope in SCOPES if scope.endswith(":read")]
    return {
        **tokens,
        "reader": token_for(logins["supervisor"], application=demo, scopes=reading),
        "scopeless": token_for(logins["supervisor"], application=demo, scopes=[]),
        "expired": token_for(logins["supervisor"], application=demo, expires=timezone.now()),
        "nobodys": token_for(None),
    }
