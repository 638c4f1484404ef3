from django.http import HttpRequest, HttpResponse
from django.urls import re_path


def nothing(_: HttpRequest) -> HttpResponse:
    return HttpResponse(b"{}", content_type="application/json")


urlpatterns = [re_path("", nothing)]
