"""The API against a plain DRF build of the same contract: how many calls of functions each needs for a request.

A count, not a clock: a busy machine changes nothing. `script/bench` measures the time. Each runs in a process of its
own, with settings of its own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

CALLS = Path(__file__).parents[2] / "benchmarks" / "calls.py"

# How many times as many calls the plain build makes, at least: well under what was counted.
FLOORS = {"get": 2.5, "list": 12, "create": 2.7, "put": 7, "payment": 1.75}

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.neutral]


def calls_of(whose):
    """The calls by request, on the kind of database that the tests use."""
    on_server = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": settings.DATABASE_URL if on_server else ""}
    done = subprocess.run([sys.executable, CALLS, whose], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class TestCalls:
    def test_calls_are_fewer_than_those_of_a_plain_build(self):
        product, plain = calls_of("product"), calls_of("plain")

        ratios = {request: plain[request] / product[request] for request in FLOORS}

        too_many = {request: ratio for request, ratio in ratios.items() if ratio < FLOORS[request]}
        assert not too_many, f"product {product}, plain build {plain}"
