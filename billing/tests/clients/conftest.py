"""Fixtures of the tests of the schema's linters and of generated clients: their programs, and the schema in a file."""

import os
import subprocess
from pathlib import Path

import pytest

from clinic.api.schema.views import document

collect_ignore = ["walk.py"]  # it imports a client that a test generates
NOWHERE = "http://127.0.0.1:9"
QUIET = {"DO_NOT_TRACK": "1", "NO_COLOR": "1", "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


class Programs:
    """The programs of script/with-generators; each runs without a network."""

    def __init__(self, folder):
        self.python = folder / "generators-venv" / "bin" / "python"
        searched = [folder / "generators" / "node_modules" / ".bin", self.python.parent, os.environ["PATH"]]
        proxies = {"http_proxy": NOWHERE, "https_proxy": NOWHERE, "no_proxy": "127.0.0.1"}
        self.environment = {**os.environ, **QUIET, **proxies, "PATH": os.pathsep.join(map(str, searched))}

    def run(self, *command, cwd, code=0, **environment):
        """Run a command, which must end with this code, and return what it printed."""
        done = subprocess.run(
            [*map(str, command)],
            cwd=cwd,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, done.stdout[-5000:]
        return done.stdout


@pytest.fixture(scope="session")
def programs():
    """The programs. Without them the tests are skipped; in CI they fail."""
    folder = os.environ.get("GENERATORS")
    if not folder:
        assert os.environ.get("CI") != "true", "CI has no generators of clients"
        pytest.skip("the generators of clients are not installed (script/with-generators)")
    return Programs(Path(folder))


@pytest.fixture
def schema_file(tmp_path):
    """`/schema/` in a file."""
    path = tmp_path / "schema.json"
    path.write_bytes(document())
    return path
