"""Admin site: pages of its own in addition to those of the models, and a search over all of them."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views import View
from unfold.sites import UnfoldAdminSite

from clinic.admin.replica_pages import show_from_replica
from clinic.admin.sidebar import current_entry, search_entries
from clinic.domain.text import bounded_search

MAX_SEARCH_RESULTS = 8  # of each search provider


class SearchResult(NamedTuple):
    """Result of the search; `icon` is a name of Material Symbols."""

    title: str
    description: str
    link: str
    icon: str = "arrow_forward"


SearchProvider = Callable[[HttpRequest, str], Iterable[SearchResult]]
_search_providers: list[SearchProvider] = []
_pages: "list[tuple[str, str, type[View[Any]]]]" = []

Page = TypeVar("Page", bound="type[View[Any]]")


def search_provider(find: SearchProvider) -> SearchProvider:
    """Register a function that the search (Ctrl+K) calls; it yields at most MAX_SEARCH_RESULTS results.

    It is called for every member of staff: it has to check permissions itself, and must not read whole tables.
    """
    _search_providers.append(find)
    return find


def register_page(route: str, *, name: str) -> Callable[[Page], Page]:
    """Add a view (an `AdminPage`) at /admin/`route`, with the URL name "admin:`name`".

    These routes come before those of the models, so that `billing/invoice/<uuid:pk>/print/` is possible.
    """

    def decorate(view: Page) -> Page:
        _pages.append((route, name, view))
        return view

    return decorate


class ClinicAdminSite(UnfoldAdminSite):
    """Admin site of the clinic. Search results are not cached, because permissions may change."""

    index_title = _("Overview")
    enable_nav_sidebar = True

    def get_urls(self) -> list[URLPattern]:
        """Return the URLs of registered pages, then those of the theme and of the models."""
        own = [path(route, self.admin_view(view.as_view()), name=name) for route, name, view in _pages]
        return [*own, *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return the context of every page: the theme's, and the entry of the sidebar that the page belongs to."""
        entry = current_entry(request) if self.has_permission(request) else None
        return {**super().each_context(request), "site_url": None, "sidebar_entry": entry}

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the overview, whose figures are read from the replica if there is one."""
        return show_from_replica(super().index, request, extra_context)

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Return entries of the sidebar and results of all search providers for the text in `s`."""
        text = bounded_search(request.GET.get("s", ""))
        if not text:
            return HttpResponse()
        results = [SearchResult(str(e.title), e.group_title, e.link, e.icon) for e in search_entries(request, text)]
        for find in _search_providers:
            results.extend(find(request, text))
        # the theme expects a page; all results are on the first
        paginator = Paginator(results, max(1, len(results)))
        page = {"page_obj": paginator, "results": paginator.page(1), "page_counter": 0}
        context = {**page, "query": request.GET["s"], **(extra_context or {})}
        return TemplateResponse(request, "admin/search_results.html", context, headers={"HX-Trigger": "search"})
