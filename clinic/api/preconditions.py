"""Whether the caller has seen the newest state of what they change: ETag and If-Match (RFC 9110)."""

import re

from clinic.domain.errors import StaleVersion

_TAG = re.compile(r'(?:W/)?"([^"]*)"')


def etag(version: str) -> str:
    """The ETag of a version.

    >>> etag("7")
    '"7"'
    """
    return f'"{version}"'


def check_if_match(header: str | None, version: str) -> None:
    """Raise StaleVersion unless the header is absent, `*`, or names the version; a `W/` before it is ignored.

    >>> check_if_match('W/"7", "8"', "7")
    """
    if header is None or header.strip() == "*":
        return
    if not version or version not in _TAG.findall(header):
        raise StaleVersion("Somebody else changed this since you read it. Read it again, then repeat your change.")
