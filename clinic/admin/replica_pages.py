"""Pages of the admin that are read from the replica, if there is one (clinic/db/replica.py)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse

from clinic.db.replica import read_from_replica


def show_from_replica(show: Callable[..., HttpResponse], request: HttpRequest, *args: object) -> HttpResponse:
    """Return the response of a view that changes nothing on GET; its template is rendered while the replica is read."""
    if request.method != "GET":
        return show(request, *args)

    def show_and_render() -> HttpResponse:
        response = show(request, *args)
        if isinstance(response, SimpleTemplateResponse):
            response.render()
        return response

    return read_from_replica(show_and_render)
