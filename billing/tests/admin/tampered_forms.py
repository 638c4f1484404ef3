"""Every address of the admin, from the URL conf, and what somebody with a text editor might send there."""

import re
from html.parser import HTMLParser
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from django.apps import apps
from django.contrib import admin
from django.urls import URLResolver, get_resolver

from billing.admin.dialogs.action_links import INVOICE_DIALOGS, PAYMENT_DIALOGS
from billing.admin.draft_editor.endpoints import CHOICES
from billing.admin.invoice_list.bulk_actions import BULK_ACTIONS
from billing.models import Payment

# Who may come there is another question; what is sent there is about nobody's records.
OUTSIDE = {"login", "logout", "jsi18n", "password_change", "password_change_done", "view_on_site", "app_list"}
KEYS = {"object_id", "pk", "id"}  # converters that name a record
WORDS = {
    "billing_invoice_verb": ("verb", list(INVOICE_DIALOGS)),
    "billing_payment_verb": ("verb", list(PAYMENT_DIALOGS)),
    "billing_invoice_bulk": ("key", list(BULK_ACTIONS)),
    "billing_invoice_export": ("kind", ["csv", "xlsx"]),
    "billing_draft_choices": ("kind", list(CHOICES)),
}
OF_MODEL = {"cash-desk/receipt/": Payment}  # a record's address that does not begin with its model
FREE = {"sessions.Session", "admin.LogEntry"}  # says who was here, and nothing of the records


class Sent(NamedTuple):
    """A request: where to, and with which fields."""

    path: str
    fields: dict[str, Any]


def routes():
    """Every route below /admin/ with its pattern."""
    prefix, resolver = get_resolver().namespace_dict["admin"]
    yield from _below(prefix, resolver.url_patterns)


def _below(prefix, patterns):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _below(route, pattern.url_patterns)
        elif pattern.name and pattern.name not in OUTSIDE:
            yield route, pattern


def paths(records):
    """The addresses of all routes; one that names a record, once for each of the records of its model."""
    found = {}
    for route, pattern in routes():
        found.update(dict.fromkeys(_filled(route, pattern, records)))
    return list(found)


def _filled(route, pattern, records):
    names = set(pattern.pattern.converters)
    word, words = WORDS.get(pattern.name, ("", [""]))
    assert names - KEYS <= {word}, f"{route}: say in WORDS what stands for {names - KEYS}"
    chosen = records.get(_model_of(route), []) if names & KEYS else [None]
    for record in chosen:
        for each in words:
            values = {name: str(record.pk) for name in names & KEYS} | {word: each}
            yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found, values=values: values[found[1]], route)


def _model_of(route):
    below = route.removeprefix("admin/")
    for beginning, model in OF_MODEL.items():
        if below.startswith(beginning):
            return model
    return apps.get_model(*below.split("/")[:2])


class Forms(HTMLParser):
    """The forms of a page that are sent by POST, with all that they would send."""

    def __init__(self, path):
        super().__init__()
        self.path = path
        self.found = []
        self._open = None
        self._select = ""

    def handle_starttag(self, tag, attrs):
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            is_post = said.get("method", "").lower() == "post"
            self._open = Sent(urljoin(self.path, said.get("action", "")), {}) if is_post else None
        elif self._open is None:
            return
        elif tag == "select":
            self._select = said.get("name", "")
            self._open.fields.setdefault(self._select, "")
        elif tag == "option" and self._select and ("selected" in said or not self._open.fields[self._select]):
            self._open.fields[self._select] = said.get("value", "")
        elif tag in {"input", "textarea", "button"} and said.get("name"):
            self._open.fields[said["name"]] = said.get("value", "")

    def handle_endtag(self, tag):
        if tag == "select":
            self._select = ""
        elif tag == "form" and self._open is not None:
            if urlsplit(self._open.path).path.startswith("/admin/"):
                self.found.append(self._open)
            self._open = None


def forms_of(path, html):
    """What the forms of a page would send."""
    reader = Forms(path)
    reader.feed(html)
    return reader.found


def forged(sent):
    """The same with every number made a cent, every box ticked, and every empty line filled."""
    return Sent(sent.path, {name: _other(name, value) for name, value in sent.fields.items()})


def _other(name, value):
    if name.startswith("csrf") or name.endswith(("_FORMS", "-id", "once", "version", "seen", "row")):
        return value
    if re.fullmatch(r"-?\d+[.,]\d+", value):
        return "0.01"
    return value or "forged"


def actions():
    """The name of every action of every list, and of Django's own."""
    named = {name for page in admin.site._registry.values() for _, name, _ in page._get_base_actions()}
    return sorted(named | {"delete_selected"})


class Writes:
    """Whether something was written, but for who was here: `with connection.execute_wrapper(writes):`"""

    READS = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "WITH", "PRAGMA", "SET")

    def __init__(self):
        self.seen = []

    def __call__(self, execute, sql, *rest):
        if not sql.lstrip().upper().startswith(self.READS) and '"django_session"' not in sql:
            self.seen.append(sql)
        return execute(sql, *rest)


def snapshot():
    """All rows of all tables by their key, but for those of FREE."""
    models = (model for model in apps.get_models(include_auto_created=True) if model._meta.label not in FREE)
    return {
        model._meta.label: {row[model._meta.pk.attname]: row for row in model._base_manager.order_by().values()}
        for model in models
    }


def changed(before, after):
    """The tables of which a row was added, changed or taken away."""
    return {label for label, rows in after.items() if rows != before[label]}
