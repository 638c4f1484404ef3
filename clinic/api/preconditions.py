"""Precondition of a change: If-Match (RFC 9110), the ETag that the client has read."""

import re

from clinic.domain.errors import StaleVersion

_ETAG = re.compile(r'(?:W/)?"([^"]*)"')


def check_if_match(header: str | None, version: str) -> None:
    """Raise StaleVersion unless the header is absent, `*`, or contains the version; a `W/` before it is ignored.

    >>> check_if_match('W/"7", "8"', "7")
    """
    if header is None or header.strip() == "*":
        return
    if not version or version not in _ETAG.findall(header):
        raise StaleVersion("Somebody else changed this since you read it. Read it again, then repeat your change.")
