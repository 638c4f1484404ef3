"""Routes of resources: with and without the trailing slash, for every method, without a redirect."""

from collections.abc import Callable, Iterator
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import URLPattern, re_path

from clinic.api.resources import Resource

View = Callable[..., HttpResponseBase]
Actions = dict[str, Any]


def path_with_optional_slash(route: str, view: View, name: str) -> URLPattern:
    """Return the pattern of a route (a regular expression without anchors) that a trailing slash may follow."""
    return re_path(rf"^{route}/?\Z", view, name=name)


def resource_urls(resource: type[Resource]) -> Iterator[URLPattern]:
    """Yield the patterns `/path`, `/path/{id}`, and `/path/{id}/verb` for each verb and sublist.

    An id that is not a UUID matches too: the view answers 404, after 401 and 403.
    """
    name = resource.path
    one = rf"{name}/(?P<key>[^/]+)"
    list_actions: Actions = {"get": "list", "post": "create"} if _overrides(resource, "add") else {"get": "list"}
    change: Actions = {"put": "update", "patch": "partial_update"} if _overrides(resource, "change") else {}
    actions: Actions = {"get": "retrieve", **change}
    yield path_with_optional_slash(name, resource.as_view(list_actions), f"{name}-list")
    yield path_with_optional_slash(one, resource.as_view(actions), f"{name}-detail")
    for path, methods in resource.extra_routes().items():
        yield path_with_optional_slash(f"{one}/{path}", resource.as_view(dict(methods)), f"{name}-{path}")


def _overrides(resource: type[Resource], method: str) -> bool:
    return getattr(resource, method) is not getattr(Resource, method)
