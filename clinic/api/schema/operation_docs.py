"""What a resource adds to its description that the code cannot tell: examples, and which rules refuse."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from clinic.domain.errors import RuleBroken


class OperationDoc(NamedTuple):
    """Of one action or verb: bodies that can be sent, each with its title, and what the books may refuse it with."""

    examples: Mapping[str, Mapping[str, Any]] = {}
    refusals: tuple[type[RuleBroken], ...] = ()


OperationDocs = Mapping[str, OperationDoc]
