"""Payer: the name and address that an invoice is billed to."""

from typing import NamedTuple


class Payer(NamedTuple):
    """The name and address that an invoice is billed to."""

    name: str
    address: str
