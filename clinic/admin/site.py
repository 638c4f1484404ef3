"""The admin as one site: its own pages beside those of the models, and what its search finds."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views import View
from unfold.sites import UnfoldAdminSite

from clinic.admin.sidebar import current_place, places

MAX_SEARCH_RESULTS = 8  # of each kind


class SearchResult(NamedTuple):
    """A line of the search's answer; `icon` is a name of Material Symbols."""

    title: str
    description: str
    link: str
    icon: str = "arrow_forward"


Finder = Callable[[HttpRequest, str], Iterable[SearchResult]]
_finders: list[Finder] = []
_pages: "list[tuple[str, str, type[View[Any]]]]" = []

Page = TypeVar("Page", bound="type[View[Any]]")


def search_provider(find: Finder) -> Finder:
    """Let the search (Ctrl+K) ask this function for what matches; it answers with at most FOUND_AT_MOST lines.

    It is asked for whoever is logged in, so it asks for the permission itself, and it never reads a whole table.
    """
    _finders.append(find)
    return find


def register_page(route: str, *, name: str) -> Callable[[Page], Page]:
    """Put a view (an `AdminPage`) at /admin/`route`; `reverse("admin:" + name)` finds it.

    Such a route comes before those of the models: `billing/invoice/<uuid:pk>/print/` is possible.
    """

    def add(view: Page) -> Page:
        _pages.append((route, name, view))
        return view

    return add


class ClinicAdminSite(UnfoldAdminSite):
    """The back office. The search keeps nothing of what it found: rights may change, and patients' names stay put."""

    index_title = _("Overview")
    enable_nav_sidebar = True

    def get_urls(self) -> list[URLPattern]:
        """The pages put there with `page`, then those of the theme and of the models."""
        own = [path(route, self.admin_view(view.as_view()), name=name) for route, name, view in _pages]
        return [*own, *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What the frame of every page knows: the theme's, and `here`, the line of the sidebar that it belongs to."""
        place = current_place(request) if self.has_permission(request) else None
        return {**super().each_context(request), "site_url": None, "here": place}  # the API's client is not this site's

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """What matches the words of `s`: places of the sidebar, then what each finder knows."""
        words = request.GET.get("s", "").strip()[:200]
        if not words:
            return HttpResponse()
        found = [SearchResult(place.title, place.group, place.link, place.icon) for place in places(request, words)]
        for find in _finders:
            found.extend(find(request, words))
        shown = Paginator(found, max(1, len(found)))
        context = {"page_obj": shown, "results": shown.page(1), "page_counter": 0, **(extra_context or {})}
        return TemplateResponse(request, "admin/search_results.html", context, headers={"HX-Trigger": "search"})
