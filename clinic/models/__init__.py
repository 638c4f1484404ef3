"""Models of the API: idempotency keys and the allowed scopes of OAuth applications."""

from clinic.models.application_scopes import ApplicationScopes, check_scopes
from clinic.models.idempotency_key import (
    IDEMPOTENCY_KEY_LIFETIME,
    MAX_KEY_LENGTH,
    IdempotencyKey,
    IdempotencyKeyQuerySet,
    IdempotencyScope,
)

__all__ = [
    "IDEMPOTENCY_KEY_LIFETIME",
    "MAX_KEY_LENGTH",
    "ApplicationScopes",
    "IdempotencyKey",
    "IdempotencyKeyQuerySet",
    "IdempotencyScope",
    "check_scopes",
]
