"""Versions of invoices that forms and URLs carry, so that a change by somebody else is noticed."""


def parse_version(text: str) -> int | None:
    """Return the version of an invoice that a form or a URL carries; None for a text that is no number.

    >>> parse_version("7"), parse_version("²")
    (7, None)
    """
    try:
        return int(text)
    except ValueError:
        return None
