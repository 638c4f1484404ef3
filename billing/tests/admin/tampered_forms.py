"""Collect the URLs and forms of the admin, and tamper with the forms."""

import re
from html.parser import HTMLParser
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from django.apps import apps
from django.contrib.admin import site
from django.urls import URLResolver, get_resolver

from billing.admin.dialogs.action_links import INVOICE_DIALOGS, PAYMENT_DIALOGS
from billing.admin.draft_editor.endpoints import CHOICES
from billing.admin.invoice_list.bulk_actions import BULK_ACTIONS
from billing.models import Payment
from billing.tests.admin.model_admins import model_admins

# Routes that change no records.
IGNORED_ROUTES = {"login", "logout", "jsi18n", "password_change", "password_change_done", "view_on_site", "app_list"}
RECORD_ARGUMENTS = {"object_id", "pk", "id"}
ROUTE_VALUES = {
    "billing_invoice_verb": ("verb", list(INVOICE_DIALOGS)),
    "billing_payment_verb": ("verb", list(PAYMENT_DIALOGS)),
    "billing_invoice_bulk": ("key", list(BULK_ACTIONS)),
    **{
        f"billing_{name}_export": ("kind", ["csv", "xlsx"])
        for name in ("invoice", "payment", "refund", "creditnote", "writeoff")
    },
    "billing_draft_choices": ("kind", list(CHOICES)),
}
MODEL_OF_ROUTE = {"cash-desk/receipt/": Payment}  # routes that do not begin with the name of the model
IGNORED_TABLES = {"sessions.Session", "admin.LogEntry"}


class PostRequest(NamedTuple):
    """A POST request: path and form fields."""

    path: str
    fields: dict[str, Any]


def routes():
    """Yield every route below /admin/ with its pattern."""
    prefix, resolver = get_resolver().namespace_dict["admin"]
    yield from _below(prefix, resolver.url_patterns)


def _below(prefix, patterns):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _below(route, pattern.url_patterns)
        elif pattern.name and pattern.name not in IGNORED_ROUTES:
            yield route, pattern


def paths(records):
    """Return the paths of all routes; a route of a record, once for each record of its model."""
    found = {}
    for route, pattern in routes():
        found.update(dict.fromkeys(_filled(route, pattern, records)))
    return list(found)


def _filled(route, pattern, records):
    names = set(pattern.pattern.converters)
    argument, values_of_argument = ROUTE_VALUES.get(pattern.name, ("", [""]))
    assert names - RECORD_ARGUMENTS <= {argument}, (
        f"{route}: add to ROUTE_VALUES the values of {names - RECORD_ARGUMENTS}"
    )
    chosen = records.get(_model_of(route), []) if names & RECORD_ARGUMENTS else [None]
    for record in chosen:
        for each in values_of_argument:
            values = {name: str(record.pk) for name in names & RECORD_ARGUMENTS} | {argument: each}
            yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found, values=values: values[found[1]], route)


def _model_of(route):
    below = route.removeprefix("admin/")
    for beginning, model in MODEL_OF_ROUTE.items():
        if below.startswith(beginning):
            return model
    return apps.get_model(*below.split("/")[:2])


class Forms(HTMLParser):
    """Parser that collects the POST forms of a page with their values."""

    def __init__(self, path):
        super().__init__()
        self.path = path
        self.found = []
        self._open = None
        self._select = ""

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            is_post = attributes.get("method", "").lower() == "post"
            self._open = PostRequest(urljoin(self.path, attributes.get("action", "")), {}) if is_post else None
        elif self._open is None:
            return
        elif tag == "select":
            self._select = attributes.get("name", "")
            self._open.fields.setdefault(self._select, "")
        elif tag == "option" and self._select and ("selected" in attributes or not self._open.fields[self._select]):
            self._open.fields[self._select] = attributes.get("value", "")
        elif tag in {"input", "textarea", "button"} and attributes.get("name"):
            self._open.fields[attributes["name"]] = attributes.get("value", "")

    def handle_endtag(self, tag):
        if tag == "select":
            self._select = ""
        elif tag == "form" and self._open is not None:
            if urlsplit(self._open.path).path.startswith("/admin/"):
                self.found.append(self._open)
            self._open = None


def forms_of(path, html):
    """Return the requests that the forms of a page would send."""
    parser = Forms(path)
    parser.feed(html)
    return parser.found


def tampered(request):
    """Return the request with every amount set to a cent, and every empty field filled."""
    return PostRequest(request.path, {name: _tampered(name, value) for name, value in request.fields.items()})


def _tampered(name, value):
    if name.startswith("csrf") or name.endswith(("_FORMS", "-id", "once", "version", "seen", "row")):
        return value
    if re.fullmatch(r"-?\d+[.,]\d+", value):
        return "0.01"
    return value or "tampered"


def actions():
    """Return the name of every action of every list, and of Django's own."""
    names = {page.get_action(action)[1] for page in model_admins().values() for action in page.actions}
    return sorted(names | dict(site.actions).keys())


class Writes:
    """Execute wrapper that records writing queries, except those of sessions.

    `with connection.execute_wrapper(writes):`
    """

    READS = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "WITH", "PRAGMA", "SET")

    def __init__(self):
        self.queries = []

    def __call__(self, execute, sql, *rest):
        if not sql.lstrip().upper().startswith(self.READS) and '"django_session"' not in sql:
            self.queries.append(sql)
        return execute(sql, *rest)


def snapshot():
    """Return all rows of all tables by their key, except those of IGNORED_TABLES."""
    models = (model for model in apps.get_models(include_auto_created=True) if model._meta.label not in IGNORED_TABLES)
    return {
        model._meta.label: {row[model._meta.pk.attname]: row for row in model._base_manager.order_by().values()}
        for model in models
    }


def changed(before, after):
    """Return the tables in which a row was added, changed or deleted."""
    return {label for label, rows in after.items() if rows != before[label]}
