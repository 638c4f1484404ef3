"""The body of a response, read from a record by the names of a shape."""

from datetime import datetime
from functools import cache
from typing import Any

from clinic.json_values import encode_datetime


def represent(record: Any, shape: type, **computed: Any) -> dict[str, Any]:
    """Return the members of a shape in its order: those that are computed, else the record's attributes of that name.

    A datetime among these is written in the clinic's zone. The resource adds the warnings.
    """
    members: dict[str, Any] = {}
    for name in _names(shape):
        value = computed[name] if name in computed else getattr(record, name)
        members[name] = encode_datetime(value) if type(value) is datetime else value
    return members


@cache
def _names(shape: type) -> tuple[str, ...]:
    return tuple(name for name in shape.__annotations__ if name != "warnings")
