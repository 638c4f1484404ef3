"""Strict JSON parser and content negotiation: JSON in, JSON out.

Numbers are exact, no key stands twice in an object, and no text contains what the database cannot store.
"""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from email.message import Message
from itertools import count, islice
from typing import IO, Any, NamedTuple, cast

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import NotAcceptable, UnsupportedMediaType
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from clinic.api.responses.error_details import MAX_ERRORS, MAX_QUOTED, pointer, summary
from clinic.api.responses.http_exceptions import BodyTooLarge, LengthRequired
from clinic.domain.errors import FieldError, InvalidValue
from clinic.domain.text import json_error

MAX_DIGITS = 60  # of a number
MAX_BODY_VALUES = 20_000  # of a body; 500 items with every key are 5,000
JSON_TYPES = frozenset({"*/*", "application/*", "application/json", "application/problem+json"})


class MalformedJSON(InvalidValue):
    """The body is not valid JSON (RFC 8259) in UTF-8."""

    code = "malformed_json"
    title = "Malformed JSON"


class TooManyValues(InvalidValue):
    """The body contains too many objects, lists and values."""

    code = "too_many_values"
    title = "Too many values"


def is_missing_length(request: HttpRequest) -> bool:
    """Return whether a body was sent without its length."""
    return "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH")


def check_length(request: HttpRequest) -> None:
    """Raise LengthRequired if a body was sent without its length."""
    if is_missing_length(request):
        raise LengthRequired


class JSONNegotiation(BaseContentNegotiation):
    """Accept JSON only: 415 for a body of another type, 406 for a client that does not accept JSON."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser:
        sent = (request.content_type or "").partition(";")[0].strip().lower()
        for parser in parsers:
            if parser.media_type == sent:
                return cast("BaseParser", parser)
        raise UnsupportedMediaType(sent, detail="This API accepts only application/json.")  # may be long: not repeated

    def select_renderer(
        self,
        request: Request,
        renderers: Any,
        format_suffix: str | None = None,  # noqa: ARG002  # DRF's signature
    ) -> tuple[BaseRenderer, str]:
        accept = request.META.get("HTTP_ACCEPT", "*/*")
        if accept != "*/*" and accept.strip() and not any(map(_includes_json, accept.split(","))):
            raise NotAcceptable("This API returns only application/json.")
        return renderers[0], renderers[0].media_type


def _includes_json(media_range: str) -> bool:
    kind, *parameters = (part.strip().lower() for part in media_range.split(";"))
    has_zero_quality = any(parameter.replace(" ", "").rstrip("0.") == "q=" for parameter in parameters)
    return kind in JSON_TYPES and not has_zero_quality


class StrictJSONParser(BaseParser):
    """Parser of a JSON object into dict, list, str, bool, None, int and Decimal; an empty body is an empty dict.

    Raises MalformedJSON, TooManyValues, BodyTooLarge, or InvalidValue with a pointer to each value that is refused.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002  # DRF's signature
    ) -> dict[str, Any]:
        _check_charset(media_type or "")
        return parse_json(_read(stream))


class _InvalidValue(NamedTuple):
    """Placeholder for a value that was refused while decoding."""

    code: str
    detail: str


class _DuplicateKeyObject(dict[str, Any]):
    """An object in which a key stands twice; `duplicate` is the first such key."""

    duplicate = ""


def parse_json(body: bytes) -> dict[str, Any]:
    """Return the object in a body; raises what StrictJSONParser raises."""
    document, has_invalid_values = _decode(body)
    if not isinstance(document, dict):
        raise MalformedJSON("The body must be a JSON object.")
    is_deep = body.count(b"[") + body.count(b"{") > settings.MAX_JSON_DEPTH
    if has_invalid_values or b"\\u" in body or is_deep:  # else there is nothing to find: the walk is left out
        errors = list(islice(_errors_in(document, count(1)), MAX_ERRORS))
        if errors:
            raise InvalidValue(summary(errors), errors=errors, code=errors[0].code)
    return document


def read_body(request: HttpRequest) -> bytes:
    """Return the bytes of a request's body, which can still be parsed afterwards. Raises BodyTooLarge."""
    if not hasattr(request, "_body"):
        request._body = _read(request)
    return request.body


def _check_charset(media_type: str) -> None:
    header = Message()
    header["content-type"] = media_type
    if str(header.get_param("charset", "utf-8")).lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType(media_type, detail="JSON must be encoded in UTF-8.")


def _read(stream: IO[Any] | HttpRequest) -> bytes:
    declared = cast("str | None", getattr(stream, "META", {}).get("CONTENT_LENGTH"))
    if declared and declared.isdecimal() and int(declared[:12]) > settings.MAX_BODY_BYTES:
        raise BodyTooLarge
    body: bytes = stream.read(settings.MAX_BODY_BYTES + 1)
    if len(body) > settings.MAX_BODY_BYTES:
        raise BodyTooLarge
    return body


def _decode(body: bytes) -> tuple[Any, bool]:
    """Return the document, and whether it has placeholders for refused values."""
    refused: list[object] = []
    values = count(1)

    def refuse(code: str, detail: str) -> _InvalidValue:
        _check_size(values)
        refused.append(code)
        return _InvalidValue(code, detail)

    def number(digits: str, kind: type[int] | type[Decimal]) -> int | Decimal | _InvalidValue:
        _check_size(values)
        try:
            return kind(digits) if len(digits) <= MAX_DIGITS else refuse("too_many_digits", "The number is too long.")
        except InvalidOperation:
            return refuse("out_of_range", "The number is out of range.")

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        _check_size(values)
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        refused.append(pairs)
        repeating = _DuplicateKeyObject(found)
        seen: set[str] = set()
        repeating.duplicate = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # the set remembers
        return repeating

    decoder = json.JSONDecoder(
        object_pairs_hook=members,
        parse_int=lambda digits: number(digits, int),
        parse_float=lambda digits: number(digits, Decimal),
        parse_constant=lambda name: refuse("not_a_number", f"{name} is not a valid JSON number."),
    )
    try:
        text = body.decode("utf-8-sig")  # tools on Windows begin with a byte order mark
        return (decoder.decode(text) if text.strip(" \t\r\n") else {}), bool(refused)
    except UnicodeDecodeError as error:
        raise MalformedJSON("The body is not valid UTF-8.") from error
    except RecursionError as error:
        raise _too_deep() from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise MalformedJSON(f"The body is not valid JSON: {error.msg} at {where}.") from error


def _check_size(values: Iterator[int]) -> None:
    if next(values) > MAX_BODY_VALUES:
        raise TooManyValues(f"The body contains more than {MAX_BODY_VALUES} values.")


def _too_deep() -> MalformedJSON:
    return MalformedJSON(f"The body is nested more than {settings.MAX_JSON_DEPTH} levels deep.")


def _errors_in(value: Any, values: Iterator[int], *steps: str | int) -> Iterator[FieldError]:
    """Yield an error for each part of a value that is refused."""
    _check_size(values)
    if isinstance(value, _InvalidValue):
        yield FieldError(pointer(*steps), value.code, value.detail)
    elif isinstance(value, str):
        if error := json_error(value):
            yield FieldError(pointer(*steps), "bad_text", error)
    elif isinstance(value, (dict, list)):
        if len(steps) >= settings.MAX_JSON_DEPTH:
            raise _too_deep()
        yield from _errors_in_keys(value, *steps) if isinstance(value, dict) else ()
        for step, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _errors_in(member, values, *steps, step)


def _errors_in_keys(members: dict[str, Any], *steps: str | int) -> Iterator[FieldError]:
    if isinstance(members, _DuplicateKeyObject):
        place = pointer(*steps, members.duplicate[:MAX_QUOTED])
        yield FieldError(place, "repeated_key", "Duplicate key.")
    for key in members:
        if error := json_error(key):
            yield FieldError(pointer(*steps), "bad_text", f"Invalid key: {error}")
