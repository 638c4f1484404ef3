"""A real browser before the real server: pages by role, and a watch on what no page may do.

    def test_something(page, on_the_desk, shoot, axe):
        invoice = InvoiceFactory(issued=True)            # on_the_desk: factories write into the served database
        desk = page("clerk", dark=True, width=390)       # logged in; a Playwright page
        desk.goto(change_url(invoice))
        shoot(desk, "invoice")                           # var/screenshots/invoice-dark-390.png
        assert axe(desk) == []                           # WCAG 2.2 A and AA

At the end of each test no page may have said an error on its console, asked another host, or been answered with an
error; `watch.expects(403)` allows for one that the test is about. All tests of a run share one database: a test makes
what it needs and counts nothing else.
"""

import os
import shutil
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connections

from billing.tests.served import ROOT, Books, served
from clinic.models import IdempotencyKey
from clinic.tests.keyed import kept

AXE = Path(__file__).with_name("axe.min.js")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SCREENSHOTS = ROOT / "var" / "screenshots"
NARROW, WIDE = 390, 1440
PATIENCE = 30_000  # milliseconds; a machine that runs every test at once takes long to show a page
SWITCHES = """--no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update
--disable-sync --disable-extensions --font-render-hinting=none""".split()


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)


def chromium():
    """The program, or None."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if name and (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser():
    """Chromium without a window; skipped where there is none, which CI does not take for an answer."""
    program = chromium()
    if program is None:
        assert os.environ.get("CI") != "true", "CI has no Chromium"
        pytest.skip("no Chromium is installed (script/with-chromium)")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in this thread, and asks no ORM
        patch.setenv("NO_PROXY", "127.0.0.1")
        with sync_playwright() as playwright:
            running = playwright.chromium.launch(executable_path=program, args=SWITCHES)
            yield running
            running.close()


@pytest.fixture(scope="session")
def clinic(browser, tmp_path_factory, django_db_setup):
    """The demo's clinic, served by two workers; `clinic.books` is its database, `clinic.url` its address."""
    with Books(tmp_path_factory.mktemp("desk"), invoices=60) as books, served(books, workers=2) as answering:
        answering.books = books
        answering.url = f"http://127.0.0.1:{answering.port}"
        yield answering


@pytest.fixture
def on_the_desk(clinic, django_db_blocker):
    """The ORM of the test speaks with the served database, and commits at once: factories, verbs and queries work."""
    own = connections["default"]
    name = clinic.books.name if clinic.books.is_postgresql else str(clinic.books.path)
    there = type(own)({**own.settings_dict, "NAME": name}, "default")
    with django_db_blocker.unblock():
        connections["default"] = there
        try:
            yield
        finally:
            there.close()
            connections["default"] = own


@pytest.fixture
def first_of(on_the_desk):
    """`first_of(model)`: a record of a kind; None where the demo has none."""

    def find(model):
        if model is IdempotencyKey and not model.objects.exists():
            kept(user=User.objects.get(username="clerk"), path="/tag")
        return model._default_manager.first()

    return find


class Watch:
    """What the pages of a test did that no page may do."""

    def __init__(self, home):
        self.home = home
        self.seen = []
        self.allowed = set()

    def expects(self, *statuses):
        """Answers with these statuses are what the test is about."""
        self.allowed |= set(statuses)

    def over(self, page):
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.seen.append(f"script: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)

    def _console(self, message):
        if message.type != "error":
            return
        if message.text.startswith(("Failed to load resource", "Response Status Error Code")):
            return  # said by its status, below
        self.seen.append(f"console: {message.text}")

    def _request(self, request):
        if not request.url.startswith((f"{self.home}/", "data:", "blob:")):
            self.seen.append(f"another host: {request.url}")

    def _response(self, response):
        if response.status >= 400 and response.status not in self.allowed:
            self.seen.append(f"{response.status}: {response.url}")


@pytest.fixture
def watch(clinic):
    """Sees to it that at the end nothing went wrong in any page."""
    watching = Watch(clinic.url)
    yield watching
    assert watching.seen == []


@pytest.fixture(scope="session")
def sessions(browser, clinic):
    """The cookies of each role, logged in once."""
    kept = {}

    def of(role):
        if role not in kept:
            context = browser.new_context(base_url=clinic.url)
            log_in(context.new_page(), role)
            kept[role] = context.storage_state()
            context.close()
        return kept[role]

    return of


def log_in(page, role):
    """Through the front door, with the demo's password."""
    page.goto("/admin/login/?next=/admin/")
    page.get_by_label("Username").fill(role)
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")


@pytest.fixture
def page(browser, clinic, sessions, watch):
    """`page("clerk", dark=False, width=1440)`: a window of somebody's (admin, supervisor, clerk, auditor); of nobody
    for ""."""
    contexts = []

    def of(role, *, dark=False, width=WIDE, language="en-GB"):
        context = browser.new_context(
            base_url=clinic.url,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale=language,
            storage_state=sessions(role) if role else None,
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        window = context.new_page()
        window.told = f"{'dark' if dark else 'light'}-{width}"
        watch.over(window)
        return window

    yield of
    for context in contexts:
        context.close()


@pytest.fixture
def shoot():
    """`shoot(page, "name")` keeps a picture of the whole page in var/screenshots/."""

    def take(page, name, *, whole=True):
        settle(page)
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}-{page.told}.png", full_page=whole, animations="disabled")

    return take


@pytest.fixture
def axe():
    """`axe(page)` lists what WCAG 2.2 A and AA would not let pass: rule, element, and why."""

    def judge(page):
        settle(page)
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(AXE.read_text())
        found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", WCAG)
        return [
            f"{violation['id']}: {node['target']}: {' '.join(node['failureSummary'].split())}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    return judge


def settle(page):
    """Until the scripts of a page have done their work, and its fonts are there."""
    page.wait_for_load_state("networkidle")
    page.evaluate("() => document.fonts.ready.then(() => true)")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")


def looks(page):
    """The page as it stands, in light and dark, wide and on a phone, one after the other."""
    for dark, width in [(False, WIDE), (True, WIDE), (True, NARROW), (False, NARROW)]:
        theme = "dark" if dark else "light"
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("theme => { Alpine.$data(document.documentElement).adminTheme = theme }", theme)
        page.told = f"{theme}-{width}"
        yield page.told


def is_too_wide(page):
    """Whether something sticks out of a page to the right."""
    return page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth")
