"""All hostile requests, by theme; each module holds its own as data."""

from billing.tests.hostile import (
    bodies,
    fields,
    headers,
    other_owners,
    paths,
    queries,
    texts,
    tokens,
    unknown_fields,
    verbs,
)
from billing.tests.hostile.case import Case
from billing.tests.hostile.fields import VALID

__all__ = ["CASES", "VALID"]

THEMES = (fields, bodies, texts, other_owners, unknown_fields, verbs, queries, headers, paths, tokens)
CASES: list[Case] = [case for theme in THEMES for case in theme.CASES]
