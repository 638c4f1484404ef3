"""Hashes of the secrets of applications: a fast one for those that are generated."""

import hashlib
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher, get_hasher
from django.utils.crypto import constant_time_compare

GENERATED_LENGTH = 64  # characters: of a secret that the admin generates; the library's have 128


class GeneratedSecretHasher(BasePasswordHasher):
    """Hash a generated secret by SHA-256: nobody guesses it, and a slow hash would only keep a core busy.

    A shorter secret was thought up by somebody, and is hashed as a password is.
    """

    algorithm = "generated_secret_sha256"

    def encode(self, password: str, salt: str) -> str:
        """Return the hash with its algorithm and salt."""
        if len(password) < GENERATED_LENGTH:
            return str(get_hasher("default").encode(password, salt))
        digest = hashlib.sha256(f"{salt}{password}".encode()).hexdigest()
        return f"{self.algorithm}${salt}${digest}"

    def decode(self, encoded: str) -> dict[str, Any]:
        """Return the parts of a hash."""
        algorithm, salt, digest = encoded.split("$", 2)
        return {"algorithm": algorithm, "salt": salt, "hash": digest}

    def verify(self, password: str, encoded: str) -> bool:
        """Return whether a secret has this hash."""
        salt = self.decode(encoded)["salt"]
        digest = hashlib.sha256(f"{salt}{password}".encode()).hexdigest()
        return constant_time_compare(encoded, f"{self.algorithm}${salt}${digest}")

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        """Return what may be shown of a hash."""
        return {"algorithm": self.decode(encoded)["algorithm"]}

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Do nothing: no other hash of this algorithm takes longer."""
