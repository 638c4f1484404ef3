"""Declarations for the schema that the code of a resource does not contain: examples, and errors of the rules."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from clinic.domain.errors import RuleBroken


class OperationDoc(NamedTuple):
    """Example bodies of one action or verb, by title, and the domain errors that it can raise."""

    examples: Mapping[str, Mapping[str, Any]] = {}
    errors: tuple[type[RuleBroken], ...] = ()


OperationDocs = Mapping[str, OperationDoc]
