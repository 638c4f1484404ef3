"""Preconditions (RFC 9110) by the ETag that the client has read: If-Match of a change, If-None-Match of a GET."""

import re

from clinic.domain.errors import InvalidValue, StaleVersion

_ETAG = re.compile(r'(?:W/)?"([^"]*)"')
_ETAGS = re.compile(rf"[\s,]*{_ETAG.pattern}(?:\s*,[\s,]*{_ETAG.pattern})*[\s,]*")


class MalformedIfMatch(InvalidValue):
    """The If-Match header is not an ETag, in double quotes as it was received."""

    code = "malformed_if_match"
    title = "Invalid If-Match header"


def check_if_match(header: str | None, version: str) -> None:
    """Raise StaleVersion unless the header is absent, `*`, or contains the version; a `W/` before it is ignored.

    MalformedIfMatch if it is something else than ETags.

    >>> check_if_match('W/"7", "8"', "7")
    """
    if header is None or header.strip() == "*":
        return
    if not _ETAGS.fullmatch(header):
        raise MalformedIfMatch('Send the ETag exactly as you received it, with its quotation marks, such as "7".')
    if not version or version not in _ETAG.findall(header):
        raise StaleVersion("Somebody else has changed this since you read it. Read it again, then repeat your change.")


def has_read(header: str | None, version: str) -> bool:
    """Return whether If-None-Match says that the client has this version; `*` stands for any.

    >>> has_read('W/"7", "8"', "7"), has_read('"8"', "7"), has_read("*", "7"), has_read(None, "7")
    (True, False, True, False)
    """
    if header is None or not version:
        return False
    return header.strip() == "*" or version in _ETAG.findall(header)
