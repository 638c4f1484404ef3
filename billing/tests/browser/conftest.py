"""Fixtures of the browser tests: Chromium, a served demo, logged-in pages, screenshots, accessibility checks.

    def test_something(open_page, live_database, screenshot, axe):
        invoice = InvoiceFactory(issued=True)            # live_database: factories write into the served database
        page = open_page("clerk", dark=True, width=390)  # a Playwright page of a logged-in user
        page.goto(change_url(invoice))
        screenshot(page, "invoice")                      # var/screenshots/invoice-dark-390.png, with SCREENSHOTS=1
        assert axe(page) == []                           # WCAG 2.2 A and AA, and best practices

A test fails if a page logs an error to the console, sends a request to another host, or gets an error response;
`watch.expects(403)` allows an expected status. All tests of a run share one database: a test creates the records that
it needs, and counts no others.
"""

import os
import shutil
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connections

from billing.tests.live_server import ROOT, Books, served, working
from clinic.models import IdempotencyKey
from clinic.tests.api.idempotency_keys import stored_key

AXE = Path(__file__).with_name("axe.min.js")
AXE_OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    "preload": False,  # of style sheets, for rules that are not run
}
SCREENSHOTS = ROOT / "var" / "screenshots"
NARROW, WIDE = 390, 1440
TIMEOUT = 30_000  # milliseconds; a busy machine needs long to show a page
CHROMIUM_ARGUMENTS = """--no-sandbox --disable-gpu --no-first-run --disable-background-networking
--disable-component-update --disable-sync --disable-extensions --font-render-hinting=none""".split()


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)


def chromium():
    """Return the path of Chromium, or None."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if name and (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium. Without it the tests are skipped; in CI they fail."""
    program = chromium()
    if program is None:
        assert os.environ.get("CI") != "true", "CI has no Chromium"
        pytest.skip("no Chromium is installed (script/with-chromium)")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=TIMEOUT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(
            "DJANGO_ALLOW_ASYNC_UNSAFE", "true"
        )  # Playwright runs an event loop in this thread; it does not use the ORM
        patch.setenv("NO_PROXY", "127.0.0.1")
        with sync_playwright() as playwright:
            running = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGUMENTS)
            yield running
            running.close()


@pytest.fixture(scope="session")
def clinic(browser, tmp_path_factory, django_db_setup):
    """The demo, served by two workers, with one for jobs; `clinic.books` is its database, `clinic.url` its URL."""
    folder = tmp_path_factory.mktemp("clinic")
    with Books(folder, invoices=60) as books, served(books, workers=2) as server, working(books):
        server.books = books
        server.url = f"http://127.0.0.1:{server.port}"
        yield server


@pytest.fixture
def live_database(clinic, django_db_blocker):
    """Connect the ORM of the test to the served database; each query commits at once."""
    original = connections["default"]
    name = clinic.books.name if clinic.books.is_postgresql else str(clinic.books.path)
    connection = type(original)({**original.settings_dict, "NAME": name}, "default")
    with django_db_blocker.unblock():
        connections["default"] = connection
        try:
            yield
        finally:
            connection.close()
            connections["default"] = original


@pytest.fixture
def first_of(live_database):
    """`first_of(model)`: return a record of the demo, or None."""

    def find(model):
        if model is IdempotencyKey and not model.objects.exists():
            stored_key(user=User.objects.get(username="clerk"), path="/tag")
        return model._default_manager.first()

    return find


class Watch:
    """Record the errors of the pages of a test."""

    def __init__(self, home):
        self.home = home
        self.errors = []
        self.allowed = set()

    def expects(self, *statuses):
        """Allow responses with these statuses."""
        self.allowed |= set(statuses)

    def watch_page(self, page):
        page.unanswered = set()
        page.on("requestfinished", lambda request: self._answered(page, request))
        page.on("requestfailed", lambda request: self._answered(page, request))
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(f"script: {error}"))
        page.on("request", lambda request: self._request(page, request))
        page.on("response", self._response)

    def _console(self, message):
        if message.type != "error":
            return
        if message.text.startswith(("Failed to load resource", "Response Status Error Code")):
            return  # reported with its status by _response
        self.errors.append(f"console: {message.text}")

    def _answered(self, page, request):
        page.unanswered.discard(request)

    def _request(self, page, request):
        page.unanswered.add(request)
        if not request.url.startswith((f"{self.home}/", "data:", "blob:")):
            self.errors.append(f"another host: {request.url}")

    def _response(self, response):
        if response.status >= 400 and response.status not in self.allowed:
            self.errors.append(f"{response.status}: {response.url}")


@pytest.fixture
def watch(clinic):
    """Fail the test if a page had an error."""
    watching = Watch(clinic.url)
    yield watching
    assert watching.errors == []


@pytest.fixture(scope="session")
def sessions(browser, clinic):
    """`sessions(role)`: return the cookies of a role, which logs in once."""
    states = {}

    def state_of(role):
        if role not in states:
            context = browser.new_context(base_url=clinic.url)
            log_in(context.new_page(), role)
            states[role] = context.storage_state()
            context.close()
        return states[role]

    return state_of


def log_in(page, role):
    """Log in with the password of the demo."""
    page.goto("/admin/login/?next=/admin/")
    page.get_by_label("Username").fill(role)
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")


@pytest.fixture
def open_page(browser, clinic, sessions, watch):
    """`open_page("clerk", dark=False, width=1440)`: open a page for a role (admin, supervisor, clerk, auditor); "" is
    anonymous."""
    contexts = []

    def open_for(role, *, dark=False, width=WIDE, language="en-GB"):
        context = browser.new_context(
            base_url=clinic.url,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale=language,
            storage_state=sessions(role) if role else None,
        )
        context.set_default_timeout(TIMEOUT)
        contexts.append(context)
        page = context.new_page()
        page.look = f"{'dark' if dark else 'light'}-{width}"
        watch.watch_page(page)
        return page

    yield open_for
    for context in contexts:
        context.close()


@pytest.fixture
def screenshot():
    """`screenshot(page, "name")`: save a screenshot of the whole page in var/screenshots/, if SCREENSHOTS=1 is set."""

    def take(page, name, *, full_page=True):
        settle(page)
        if os.environ.get("SCREENSHOTS") != "1":
            return
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}-{page.look}.png", full_page=full_page, animations="disabled")

    return take


@pytest.fixture
def axe():
    """`axe(page)`: return the violations of WCAG 2.2 A and AA and of best practices, with rule, element and reason."""

    def violations_of(page):
        settle(page)
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(AXE.read_text())
        found = page.evaluate("options => axe.run(document, options)", AXE_OPTIONS)
        return [
            f"{violation['id']}: {node['target']}: {' '.join(node['failureSummary'].split())}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    return violations_of


def settle(page):
    """Wait until a page has its answers, its scripts have run and its fonts are loaded.

    Playwright's own "networkidle" waits for half a second without requests, at every call.
    """
    page.wait_for_load_state("load")
    while True:
        page.evaluate("() => document.fonts.ready.then(() => true)")
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")
        if not page.unanswered:
            return


def wait_for_shortcuts(page):
    """Wait until the page has been shown for so long that its single-key shortcuts run."""
    page.wait_for_function("() => !document.documentElement.hasAttribute('x-cloak')")
    page.wait_for_timeout(700)


def each_look(page):
    """Show the page in light and dark, wide and narrow, one after the other; yield the name of each look."""
    for dark, width in [(False, WIDE), (True, WIDE), (True, NARROW), (False, NARROW)]:
        theme = "dark" if dark else "light"
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("theme => { Alpine.$data(document.documentElement).adminTheme = theme }", theme)
        page.look = f"{theme}-{width}"
        yield page.look


def overflows(page):
    """Return whether the content is wider than the page."""
    return page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth")
