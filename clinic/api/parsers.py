"""How a request's body becomes Python: strict JSON, exact numbers, nothing twice, nothing that cannot be stored."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from email.message import Message
from itertools import islice
from typing import IO, Any, NamedTuple, cast

from rest_framework.exceptions import APIException, UnsupportedMediaType
from rest_framework.parsers import BaseParser

from clinic.api.wording import MAX_ERRORS, fault_of, pointer, sentence
from clinic.errors import BadValue, FieldError

MAX_BODY = 2 * 1024 * 1024  # 500 items with the longest of descriptions, escaped, fit
MAX_DEPTH = 32
MAX_DIGITS = 60


class MalformedJSON(BadValue):
    """The body is not JSON as RFC 8259 has it, in UTF-8."""

    code = "malformed_json"
    title = "The body is not proper JSON"


class BodyTooLarge(APIException):
    """The body is larger than anything that this API takes."""

    status_code = 413
    default_code = "body_too_large"
    default_detail = f"The body is larger than {MAX_BODY} bytes."


class _Faulty(NamedTuple):
    """Stands where the body held something that JSON or the books cannot hold."""

    code: str
    detail: str


class _Repeating(dict[str, Any]):
    """An object in which a key stood twice; `repeated` is the first such key."""

    repeated = ""


class StrictJSONParser(BaseParser):
    """`request.data` as a dict of str, bool, None, int, Decimal, list and dict; raises MalformedJSON, or BadValue
    with a pointer to each value that is refused. An empty body is an empty dict."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002  # DRF's signature
    ) -> dict[str, Any]:
        _check_charset(media_type or "")
        return read_json(_read(stream))


def read_json(body: bytes) -> dict[str, Any]:
    """The object that a body holds; what is raised is told at StrictJSONParser."""
    document, faulty = _decode(body)
    if not isinstance(document, dict):
        raise MalformedJSON("The body must be a JSON object.")
    if faulty or b"\\u" in body or body.count(b"[") + body.count(b"{") > MAX_DEPTH:
        errors = list(islice(_faults(document), MAX_ERRORS))
        if errors:
            raise BadValue(sentence(errors), errors=errors, code=errors[0].code)
    return document


def _check_charset(media_type: str) -> None:
    header = Message()
    header["content-type"] = media_type
    if str(header.get_param("charset", "utf-8")).lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType(media_type, detail="JSON is sent in UTF-8.")


def _read(stream: IO[Any]) -> bytes:
    declared = cast("str | None", getattr(stream, "META", {}).get("CONTENT_LENGTH"))
    if declared and declared.isdecimal() and int(declared[:12]) > MAX_BODY:
        raise BodyTooLarge
    body: bytes = stream.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise BodyTooLarge
    return body


def _decode(body: bytes) -> tuple[Any, bool]:
    """The document, and whether something in it was replaced by a mark that must be looked for."""
    marks: list[object] = []

    def mark(code: str, detail: str) -> _Faulty:
        marks.append(code)
        return _Faulty(code, detail)

    def number(digits: str, kind: type[int] | type[Decimal]) -> int | Decimal | _Faulty:
        try:
            return kind(digits) if len(digits) <= MAX_DIGITS else mark("too_many_digits", "The number is too long.")
        except InvalidOperation:
            return mark("out_of_range", "The number is out of range.")

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        marks.append(pairs)
        twice = _Repeating(found)
        seen: set[str] = set()
        twice.repeated = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # the set remembers
        return twice

    decoder = json.JSONDecoder(
        object_pairs_hook=members,
        parse_int=lambda digits: number(digits, int),
        parse_float=lambda digits: number(digits, Decimal),
        parse_constant=lambda name: mark("not_a_number", f"{name} is not a number that JSON knows."),
    )
    try:
        text = body.decode("utf-8")
        return (decoder.decode(text) if text.strip(" \t\r\n") else {}), bool(marks)
    except UnicodeDecodeError as error:
        raise MalformedJSON("The body is not UTF-8.") from error
    except RecursionError as error:
        raise MalformedJSON(f"The body is nested more than {MAX_DEPTH} levels deep.") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise MalformedJSON(f"The body is not JSON: {error.msg} at {where}.") from error


def _faults(value: Any, *steps: str | int) -> Iterator[FieldError]:
    """Everything in a value that is refused, where it stands."""
    if isinstance(value, _Faulty):
        yield FieldError(pointer(*steps), value.code, value.detail)
    elif isinstance(value, str):
        if fault := fault_of(value):
            yield FieldError(pointer(*steps), "bad_text", fault)
    elif isinstance(value, (dict, list)):
        if len(steps) >= MAX_DEPTH:
            raise MalformedJSON(f"The body is nested more than {MAX_DEPTH} levels deep.")
        yield from _faults_of_keys(value, *steps) if isinstance(value, dict) else ()
        for step, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _faults(member, *steps, step)


def _faults_of_keys(members: dict[str, Any], *steps: str | int) -> Iterator[FieldError]:
    if isinstance(members, _Repeating):
        yield FieldError(pointer(*steps, members.repeated[:60]), "repeated_key", "This key stands twice.")
    for key in members:
        if fault := fault_of(key):
            yield FieldError(pointer(*steps), "bad_text", f"A key cannot be used: {fault}")
