"""Where a resource answers: with and without the trailing slash, for every method, without a redirect."""

from collections.abc import Callable, Iterator
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import URLPattern, re_path

from clinic.api.resources import Resource

View = Callable[..., HttpResponseBase]
Actions = dict[str, Any]


def path_with_optional_slash(route: str, view: View, name: str) -> URLPattern:
    """The pattern of a route (a regular expression without its ends) that a trailing slash may follow."""
    return re_path(rf"^{route}/?\Z", view, name=name)


def resource_urls(resource: type[Resource]) -> Iterator[URLPattern]:
    """Every route of a resource: `/path`, `/path/{id}`, and `/path/{id}/verb` for each of its verbs and sublists.

    An id that is not a UUID is a 404 of the view, after 401 and 403.
    """
    name = resource.path
    collection: Actions = {"get": "list", "post": "create"} if _says(resource, "add") else {"get": "list"}
    single: Actions = {"get": "retrieve", "put": "update"} if _says(resource, "change") else {"get": "retrieve"}
    yield path_with_optional_slash(name, resource.as_view(collection), f"{name}-list")
    yield path_with_optional_slash(rf"{name}/(?P<key>[^/]+)", resource.as_view(single), f"{name}-detail")
    for path, methods in resource.extra_routes().items():
        yield path_with_optional_slash(
            rf"{name}/(?P<key>[^/]+)/{path}", resource.as_view(dict(methods)), f"{name}-{path}"
        )


def _says(resource: type[Resource], what: str) -> bool:
    return getattr(resource, what) is not getattr(Resource, what)
