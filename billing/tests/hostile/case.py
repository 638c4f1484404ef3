"""A hostile request as one line of data: how it is written down, and what its answer has to be."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

_RAW = re.compile(r'"@@(.*?)@@"')
Names = Mapping[str, str]


class Case(NamedTuple):
    """A request and the answer that is due. In path, body, headers and `holds`, `<draft>` stands for an id."""

    name: str
    request: str
    """“POST /invoice/<draft>/issue”, with its query; the path as it stands on the wire."""
    body: Any = None
    """An object is sent as JSON, with `raw(...)` as it stands; a text and bytes are the body itself."""
    status: int = 400
    code: str = ""
    """Of the problem; at `/o/`, the error."""
    at: str = ""
    """The one place at which the problem points."""
    headers: Mapping[str, str | None] = {}
    """Beside those that a client sends; None takes one away."""
    who: str = "supervisor"
    expect: Mapping[str, Any] = {}
    """What the answer says of what it did, by JSON pointer; of a write, also when it is read again."""

    @property
    def title(self) -> str:
        """Its name in the report of a test run, unlike any other."""
        return f"{self.request}: {self.name}"


class Not(NamedTuple):
    """In `holds`: anything but this."""

    value: Any


def on(request: str, base: Mapping[str, Any] | None = None, **common: Any) -> Callable[..., Case]:
    """Cases of one request: `base` is a body that would be taken, of which each case replaces members."""

    def case(name: str, body: Any = None, status: int = 0, code: str = "", at: str = "", **more: Any) -> Case:
        sent = {**base, **(body or {})} if base is not None and not isinstance(body, (str, bytes)) else body
        status_fields = {"status": status} if status else {}
        return Case(name, request, sent, code=code, at=at, **{**common, **status_fields, **more})

    return case


def asked(path: str, **common: Any) -> Callable[..., Case]:
    """Cases of one list: each is a query."""

    def case(query: str, status: int = 400, code: str = "", at: str = "", **more: Any) -> Case:
        return Case("a query", f"GET {path}?{query}", None, status, code, at, **{**common, **more})

    return case


def raw(text: str) -> str:
    """Stands in an object for a value that no object holds, as JSON: `{"paid_amount": raw("1e400")}`."""
    return f"@@{text}@@"


def filled(text: str, names: Names) -> str:
    """A text with the ids that it names."""
    return re.sub(r"<([a-z_]+)>", lambda name: names.get(name[1], name[0]), text)


def body_of(case: Case, names: Names) -> bytes:
    """The bytes that are sent."""
    if case.body is None or isinstance(case.body, bytes):
        return case.body or b""
    if isinstance(case.body, str):
        return filled(case.body, names).encode()
    text = _RAW.sub(lambda found: json.loads(f'"{found[1]}"'), json.dumps(case.body))
    return filled(text, names).encode()


def expected_members(case: Case, names: Names) -> Mapping[str, Any]:
    """Return the expected members of the answer, with ids filled in."""
    return {where: _expected(value, names) for where, value in case.expect.items()}


def _expected(value: Any, names: Names) -> Any:
    if isinstance(value, Not):
        return Not(_expected(value.value, names))
    return filled(value, names) if isinstance(value, str) else value


def at(where: str, body: Any) -> Any:
    """Return the value at a JSON pointer of a body; None if there is none."""
    for step in where.split("/")[1:]:
        if isinstance(body, list):
            body = body[int(step)] if int(step) < len(body) else None
        else:
            body = (body or {}).get(step)
    return body


def places(body: Any, *steps: Any) -> Iterator[tuple[Any, ...]]:
    """Every place in a body, as the steps that lead to it."""
    for step, value in body.items() if isinstance(body, dict) else enumerate(body):
        yield (*steps, step)
        if isinstance(value, (dict, list)):
            yield from places(value, *steps, step)
