"""The sidebar: what somebody may go to, grouped by work."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.i18n.lazy_text import LazyText

DAILY_WORK, PATIENTS, MONEY, RECORDS, OPERATIONS = "desk", "patients", "money", "records", "operations"
GROUPS: dict[str, LazyText] = {
    DAILY_WORK: _("Desk"),
    PATIENTS: _("Patients"),
    MONEY: _("Money"),
    RECORDS: _("Records"),
    OPERATIONS: _("Operations"),
}


class SidebarEntry(NamedTuple):
    """A line of the sidebar.

    `to` names a URL (`admin:billing_invoice_changelist`), `query` what follows its question mark; `permission` is what
    a person needs to see the line ("": every member of staff). `rank` orders the lines of a group. `badge` counts what
    waits there, None for nothing to show; it is asked on every page, so it is one quick statement at most.
    """

    group: str
    rank: int
    title: LazyText
    icon: str
    to: str
    permission: str
    query: str = ""
    badge: Callable[[HttpRequest], int | None] | None = None

    @property
    def link(self) -> str:
        """Where the line leads."""
        return reverse(self.to) + (f"?{self.query}" if self.query else "")

    def is_for(self, request: HttpRequest) -> bool:
        """Whether the person may go there."""
        return not self.permission or request.user.has_perm(self.permission)


class Place(NamedTuple):
    """A line of the sidebar, as the search shows it."""

    title: str
    group: str
    link: str
    icon: str


_entries: list[SidebarEntry] = []


def add_to_sidebar(*entries: SidebarEntry) -> None:
    """Add lines to the sidebar."""
    _entries.extend(entries)


def entries_for(request: HttpRequest) -> list[SidebarEntry]:
    """The lines that the person may see, in their order."""
    order = list(GROUPS)
    seen = (entry for entry in _entries if entry.is_for(request))
    return sorted(seen, key=lambda entry: (order.index(entry.group), entry.rank))


def places(request: HttpRequest, words: str) -> list[Place]:
    """The lines of the sidebar in whose title or group every word occurs."""
    wanted = words.casefold().split()
    shown = (Place(str(e.title), str(GROUPS[e.group]), e.link, e.icon) for e in entries_for(request))
    return [place for place in shown if all(word in f"{place.title} {place.group}".casefold() for word in wanted)]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar as the theme wants it; a group without a line is left out."""
    mine = entries_for(request)
    current = _current(request, mine)
    groups = ((title, [entry for entry in mine if entry.group == group]) for group, title in GROUPS.items())
    return [
        {"title": title, "separator": False, "items": [_item(request, entry, current) for entry in lines]}
        for title, lines in groups
        if lines
    ]


def current_place(request: HttpRequest) -> Place | None:
    """The line of the sidebar that the page belongs to; None for a page that the person cannot reach from there."""
    entry = _current(request, entries_for(request))
    return entry and Place(str(entry.title), str(GROUPS[entry.group]), reverse(entry.to), entry.icon)


def _item(request: HttpRequest, entry: SidebarEntry, current: SidebarEntry | None) -> dict[str, Any]:
    item: dict[str, Any] = {
        "title": entry.title,
        "icon": entry.icon,
        "link": entry.link,
        "active": entry is current,
    }
    if entry.badge is not None and (count := entry.badge(request)):
        item |= {"badge": count, "badge_variant": "primary"}
    return item


def _current(request: HttpRequest, entries: Iterable[SidebarEntry]) -> SidebarEntry | None:
    """The line that a page belongs to: the longest address that it begins with, then the most of its query."""
    best, score, index = None, (0, 0), reverse("admin:index")
    for entry in entries:
        address, asked = reverse(entry.to), QueryDict(entry.query)
        is_there = request.path == address or (address != index and request.path.startswith(address))
        if not is_there or any(request.GET.getlist(name) != values for name, values in asked.lists()):
            continue
        if (len(address), len(asked) + 1) > score:
            best, score = entry, (len(address), len(asked) + 1)
    return best
