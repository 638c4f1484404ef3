"""Sidebar of the admin: the entries that a user may open, in groups."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.domain.text import comparison_key, search_words
from clinic.i18n.lazy_text import LazyText

DAILY_WORK, PATIENTS, MONEY, RECORDS, OPERATIONS = "daily_work", "patients", "money", "records", "operations"
GROUPS: dict[str, LazyText] = {
    DAILY_WORK: _("Daily work"),
    PATIENTS: _("Patients"),
    MONEY: _("Money"),
    RECORDS: _("Records"),
    OPERATIONS: _("Operations"),
}


class SidebarEntry(NamedTuple):
    """Entry of the sidebar.

    `position` orders the entries of a group. `url_name` is a name such as `admin:billing_invoice_changelist`. Only
    users with `permission` see the entry; with "", every member of staff does.
    """

    group: str
    position: int
    title: LazyText
    icon: str
    url_name: str
    permission: str

    @property
    def link(self) -> str:
        """The URL of the page."""
        return reverse(self.url_name)

    @property
    def group_title(self) -> str:
        """The title of the entry's group."""
        return str(GROUPS[self.group])

    def is_allowed(self, request: HttpRequest) -> bool:
        """Return whether the user may open the page."""
        return not self.permission or request.user.has_perm(self.permission)


def list_entry(group: str, position: int, title: LazyText, icon: str, model: str) -> SidebarEntry:
    """Return the entry of the list of a model such as `billing.invoice`, for those who may view its records."""
    app_label, model_name = model.split(".")
    url_name = f"admin:{app_label}_{model_name}_changelist"
    return SidebarEntry(group, position, title, icon, url_name, f"{app_label}.view_{model_name}")


_entries: list[SidebarEntry] = []


def add_to_sidebar(*entries: SidebarEntry) -> None:
    """Add entries to the sidebar."""
    _entries.extend(entries)


def allowed_entries(request: HttpRequest) -> list[SidebarEntry]:
    """Return the entries that the user may open, in the order of the sidebar."""
    groups = list(GROUPS)
    allowed = (entry for entry in _entries if entry.is_allowed(request))
    return sorted(allowed, key=lambda entry: (groups.index(entry.group), entry.position))


def search_entries(request: HttpRequest, text: str) -> list[SidebarEntry]:
    """Return the allowed entries whose title or group contains every word of a text."""
    words = search_words(text)
    return [
        entry
        for entry in allowed_entries(request)
        if all(word in comparison_key(f"{entry.title} {entry.group_title}") for word in words)
    ]


def theme_navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar in the structure that the theme expects (settings.UNFOLD), without empty groups."""
    entries = allowed_entries(request)
    current = _find_current(request, entries)
    groups = ((title, [entry for entry in entries if entry.group == group]) for group, title in GROUPS.items())
    return [
        {
            "title": title,
            "separator": False,
            "items": [
                {"title": entry.title, "icon": entry.icon, "link": entry.link, "active": entry is current}
                for entry in members
            ],
        }
        for title, members in groups
        if members
    ]


def current_entry(request: HttpRequest) -> SidebarEntry | None:
    """Return the entry that the current page belongs to, or None if it belongs to none that is allowed."""
    return _find_current(request, allowed_entries(request))


def _find_current(request: HttpRequest, entries: Iterable[SidebarEntry]) -> SidebarEntry | None:
    """Return the entry with the longest path that begins the request's path."""
    index = reverse("admin:index")
    matching = [
        entry
        for entry in entries
        if request.path == entry.link or (entry.link != index and request.path.startswith(entry.link))
    ]
    return max(matching, key=lambda entry: len(entry.link), default=None)
