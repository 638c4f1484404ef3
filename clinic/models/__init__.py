"""Models of the project: idempotency keys, the allowed scopes of OAuth applications, and jobs."""

from clinic.models.application_scopes import ApplicationScopes, check_scopes
from clinic.models.idempotency_key import (
    IDEMPOTENCY_KEY_LIFETIME,
    MAX_KEY_LENGTH,
    IdempotencyKey,
    IdempotencyKeyQuerySet,
    IdempotencyScope,
)
from clinic.models.job import Job, JobChunk, JobState, JobWorker

__all__ = [
    "IDEMPOTENCY_KEY_LIFETIME",
    "MAX_KEY_LENGTH",
    "ApplicationScopes",
    "IdempotencyKey",
    "IdempotencyKeyQuerySet",
    "IdempotencyScope",
    "Job",
    "JobChunk",
    "JobState",
    "JobWorker",
    "check_scopes",
]
