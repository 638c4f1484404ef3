"""Typed readers of environment variables, which refuse invalid values with a sentence, and the secret of the demo."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from environ import FileAwareEnv

env = FileAwareEnv()  # reads NAME, or the file that NAME_FILE names


def text(name: str, default: str = "") -> str:
    """Return the value without spaces around it; environ's own reader would replace a value that begins with $."""
    try:
        return str(env.ENVIRON[name]).strip() or default
    except KeyError:
        return default
    except (OSError, UnicodeError) as error:
        raise ImproperlyConfigured(f"{name}_FILE names a file that cannot be read: {error}.") from error


def flag(name: str) -> bool:
    """Return whether the value is a word for yes; False if it is not set. Other words are refused."""
    value = text(name, "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not “{value}”.")


def whole(name: str, default: int, *, least: int = 0, most: int) -> int:
    """Return a whole number between two bounds."""
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit() and len(value) <= 9 and least <= int(value) <= most):
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} to {most}, not “{value}”.")
    return int(value)


def words(name: str) -> list[str]:
    """Return the entries of a comma-separated list."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def demo_secret(path: Path) -> str:
    """Return the demo's secret, which is made once; workers that start at the same time get the same one."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent)  # readable by its owner only
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
        with contextlib.suppress(FileExistsError):  # another worker was first, and its secret is used
            os.link(draft, path)
        os.unlink(draft)
    return path.read_text(encoding="ascii")
