"""The time of what is created, while the system's clock is set back."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.domain import clock
from clinic.domain.clock import SteadyClock, current_time, start_steady_clock
from clinic.testing import NOON
from clinic.tests.api.lists.paging import page_link


@pytest.fixture
def system(monkeypatch):
    """`system(wall, monotonic)` sets the clocks of the machine: seconds after noon, and since its start."""

    def set_clocks(wall, monotonic):
        monkeypatch.setattr(timezone, "now", lambda: NOON + timedelta(seconds=wall))
        monkeypatch.setattr(time, "monotonic", lambda: 1000.0 + monotonic)

    return set_clocks


@pytest.fixture
def client(api, supervisor):
    client = api(supervisor)
    client.get("/patient/")
    return client


def seconds(value):
    return (value - NOON).total_seconds()


class TestSteadyClock:
    def test_clock_is_that_of_the_system(self, system):
        steady = SteadyClock()
        for passed in (0, 1, 2):
            system(passed, passed)
            assert seconds(steady.now()) == passed

    @pytest.mark.parametrize("step", [0.5, 10, 119])
    def test_clock_goes_on_when_the_system_is_set_back(self, system, step):
        steady = SteadyClock()
        system(0, 0)
        steady.now()

        system(1 - step, 1)

        assert seconds(steady.now()) == pytest.approx(1)

    def test_clock_follows_a_system_that_is_set_forward(self, system):
        steady = SteadyClock()
        system(0, 0)
        steady.now()

        system(31, 1)

        assert seconds(steady.now()) == 31

    def test_clock_follows_a_system_that_was_wrong_by_more(self, system):
        steady = SteadyClock()
        system(0, 0)
        steady.now()

        system(-3600, 1)

        assert seconds(steady.now()) == -3600

    def test_processes_agree_after_the_step(self, system):
        early, late = SteadyClock(), SteadyClock()
        system(0, 0)
        early.now()
        system(5, 5)
        late.now()

        system(-4, 6)

        assert seconds(early.now()) == pytest.approx(seconds(late.now())) == pytest.approx(6)


class TestListsInTheOrderOfCreation:
    def created_and_read(self, client, system):
        """The ids of four patients, the last created after a step back, and of those that a reader of pages sees."""
        created = []

        def create():
            created.append(client.post("/patient/", {"given_name": "Ada", "family_name": "Kim"}).json()["id"])

        for passed in (0, 10, 11):
            system(passed, passed)
            create()
        first = client.get("/patient/", limit=2)
        system(5, 12)
        create()
        second = client.get(page_link(first, "next"))
        return created, [patient["id"] for page in (first, second) for patient in page.json()["data"]]

    def test_reader_of_pages_misses_a_row_when_the_clock_steps_back(self, db, client, system):
        created, read = self.created_and_read(client, system)

        assert read == created[:3]

    def test_reader_of_pages_sees_every_row_of_the_server(self, db, client, system, monkeypatch):
        monkeypatch.setattr(clock, "_clock", None)
        start_steady_clock()

        created, read = self.created_and_read(client, system)

        assert read == created

    def test_other_processes_have_the_time_of_the_system(self, system):
        system(-9, 1)

        assert seconds(current_time()) == -9
