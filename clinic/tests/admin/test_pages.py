"""Permissions of an AdminPage."""

import pytest
from django.core.exceptions import PermissionDenied

from clinic.admin import AdminPage

pytestmark = pytest.mark.neutral


def test_page_without_permissions_cannot_be_defined():
    with pytest.raises(TypeError, match="permissions"):
        type("Incomplete", (AdminPage,), {})


def test_page_is_refused_without_its_permissions(rf, clerk, supervisor):
    page = type("Closing", (AdminPage,), {"permissions": ("billing.add_booksclosing",), "title": "Close"})
    request = rf.get("/admin/closing/")
    request.user = clerk
    with pytest.raises(PermissionDenied):
        page.as_view()(request)

    request.user = supervisor

    assert page.as_view()(request).status_code == 200


def test_page_for_all_staff_is_refused_to_others(rf, outsider):
    request = rf.get("/admin/")
    request.user = outsider

    with pytest.raises(PermissionDenied):
        type("Anybody", (AdminPage,), {"permissions": ()}).as_view()(request)
