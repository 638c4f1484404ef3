"""Files of backups: complete or not there, readable by their owner only."""

import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class BackupError(Exception):
    """A backup that cannot be written, read or restored; its message is a sentence for the person who asked for it."""


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield an empty file in the same folder, which gets the name `path` at the end, once it is on the disk.

    It is deleted if the block raises. BackupError if there is a file of that name already.
    """
    _refuse_existing(path)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.unfinished")
    try:
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}.") from error
    try:
        yield unfinished
        _sync(unfinished)
        _refuse_existing(path)
        unfinished.rename(path)
        _sync(path.parent)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()


@contextmanager
def cleaned_up() -> Iterator[None]:
    """Let files that the block creates be readable by their owner only, and SIGTERM end it with its clean-up."""
    mask, handler = os.umask(0o077), signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        os.umask(mask)
        signal.signal(signal.SIGTERM, handler)


def _refuse_existing(path: Path) -> None:
    if os.path.lexists(path):
        raise BackupError(f"{path} exists already. A backup never replaces a file.")


def _sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
