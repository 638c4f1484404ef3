"""URLs of admin pages, and their texts."""

from django.contrib.auth.models import Group

USERS, ATTEMPTS = "/admin/auth/user/", "/admin/axes/accessattempt/"
APPLICATIONS = "/admin/oauth2_provider/application/"
HTMX = {"HX-Request": "true"}


def text_of(response):
    return response.content.decode()


def role(name):
    """The group of a role."""
    return Group.objects.get(name=name)
