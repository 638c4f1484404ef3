"""How a request's body becomes Python: strict JSON, exact numbers, nothing twice, nothing that cannot be stored."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from email.message import Message
from itertools import count, islice
from typing import IO, Any, NamedTuple, cast

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import APIException, UnsupportedMediaType
from rest_framework.parsers import BaseParser

from clinic.api.responses.messages import MAX_ERRORS, pointer, sentence, text_error
from clinic.domain.errors import FieldError, InvalidValue

MAX_DIGITS = 60
MAX_VALUES = 20_000  # 500 items with every key are 5,000


class MalformedJSON(InvalidValue):
    """The body is not JSON as RFC 8259 has it, in UTF-8."""

    code = "malformed_json"
    title = "The body is not proper JSON"


class TooManyValues(InvalidValue):
    """The body holds more objects, lists and values than anything that this API takes."""

    code = "too_many_values"
    title = "The body holds too much"


class BodyTooLarge(APIException):
    """The body is larger than anything that this API takes."""

    status_code = 413
    default_code = "body_too_large"

    def __init__(self) -> None:
        super().__init__(f"The body is larger than {settings.MAX_BODY_BYTES} bytes.")


class LengthRequired(APIException):
    """The body comes in pieces, without its length: it would be taken for an empty one."""

    status_code = 411
    default_code = "length_required"
    default_detail = "The body comes without its length. Send Content-Length."


def is_missing_length(request: HttpRequest) -> bool:
    """Whether a body was sent whose length nobody told: WSGI would read nothing of it."""
    return "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH")


def check_length(request: HttpRequest) -> None:
    """Raise LengthRequired when a body was sent without its length."""
    if is_missing_length(request):
        raise LengthRequired


class _Faulty(NamedTuple):
    """Stands where the body held something that JSON or the books cannot hold."""

    code: str
    detail: str


class _Repeating(dict[str, Any]):
    """An object in which a key stood twice; `repeated` is the first such key."""

    repeated = ""


class StrictJSONParser(BaseParser):
    """`request.data` as a dict of str, bool, None, int, Decimal, list and dict; raises MalformedJSON, or InvalidValue
    with a pointer to each value that is refused. An empty body is an empty dict."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002  # DRF's signature
    ) -> dict[str, Any]:
        _check_charset(media_type or "")
        return parse_json(_read(stream))


def parse_json(body: bytes) -> dict[str, Any]:
    """The object that a body holds; what is raised is told at StrictJSONParser."""
    document, faulty = _decode(body)
    if not isinstance(document, dict):
        raise MalformedJSON("The body must be a JSON object.")
    if faulty or b"\\u" in body or body.count(b"[") + body.count(b"{") > settings.MAX_JSON_DEPTH:
        errors = list(islice(_faults(document, count(1)), MAX_ERRORS))
        if errors:
            raise InvalidValue(sentence(errors), errors=errors, code=errors[0].code)
    return document


def read_body(request: HttpRequest) -> bytes:
    """The bytes of a request's body, which may still be parsed afterwards. Raises BodyTooLarge."""
    if not hasattr(request, "_body"):
        request._body = _read(request)
    return request.body


def _check_charset(media_type: str) -> None:
    header = Message()
    header["content-type"] = media_type
    if str(header.get_param("charset", "utf-8")).lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType(media_type, detail="JSON is sent in UTF-8.")


def _read(stream: IO[Any] | HttpRequest) -> bytes:
    declared = cast("str | None", getattr(stream, "META", {}).get("CONTENT_LENGTH"))
    if declared and declared.isdecimal() and int(declared[:12]) > settings.MAX_BODY_BYTES:
        raise BodyTooLarge
    body: bytes = stream.read(settings.MAX_BODY_BYTES + 1)
    if len(body) > settings.MAX_BODY_BYTES:
        raise BodyTooLarge
    return body


def _decode(body: bytes) -> tuple[Any, bool]:
    """The document, and whether something in it was replaced by a mark that must be looked for."""
    marks: list[object] = []
    objects = count(1)

    def mark(code: str, detail: str) -> _Faulty:
        _check_size(objects)
        marks.append(code)
        return _Faulty(code, detail)

    def number(digits: str, kind: type[int] | type[Decimal]) -> int | Decimal | _Faulty:
        _check_size(objects)
        try:
            return kind(digits) if len(digits) <= MAX_DIGITS else mark("too_many_digits", "The number is too long.")
        except InvalidOperation:
            return mark("out_of_range", "The number is out of range.")

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        _check_size(objects)
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
        raise MalformedJSON(f"The body is nested more than {settings.MAX_JSON_DEPTH} levels deep.") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise MalformedJSON(f"The body is not JSON: {error.msg} at {where}.") from error


def _check_size(counted: Iterator[int]) -> None:
    if next(counted) > MAX_VALUES:
        raise TooManyValues(f"The body holds more than {MAX_VALUES} values.")


def _faults(value: Any, counted: Iterator[int], *steps: str | int) -> Iterator[FieldError]:
    """Everything in a value that is refused, where it stands."""
    _check_size(counted)
    if isinstance(value, _Faulty):
        yield FieldError(pointer(*steps), value.code, value.detail)
    elif isinstance(value, str):
        if fault := text_error(value):
            yield FieldError(pointer(*steps), "bad_text", fault)
    elif isinstance(value, (dict, list)):
        if len(steps) >= settings.MAX_JSON_DEPTH:
            raise MalformedJSON(f"The body is nested more than {settings.MAX_JSON_DEPTH} levels deep.")
        yield from _faults_of_keys(value, *steps) if isinstance(value, dict) else ()
        for step, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _faults(member, counted, *steps, step)


def _faults_of_keys(members: dict[str, Any], *steps: str | int) -> Iterator[FieldError]:
    if isinstance(members, _Repeating):
        yield FieldError(pointer(*steps, members.repeated[:60]), "repeated_key", "This key stands twice.")
    for key in members:
        if fault := text_error(key):
            yield FieldError(pointer(*steps), "bad_text", f"A key cannot be used: {fault}")
