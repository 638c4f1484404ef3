"""Admin of OAuth2 applications."""

import pytest
from oauth2_provider.models import Application

from clinic.models import ApplicationScopes
from clinic.tests.admin.pages import APPLICATIONS, HTMX, text_of

pytestmark = pytest.mark.neutral

NO_SCOPES = {"allowed-TOTAL_FORMS": "0", "allowed-INITIAL_FORMS": "0"}


def add_application(client, **values):
    form = {"name": "Kiosk", "client_type": "confidential", "authorization_grant_type": "client-credentials"}
    return client.post(f"{APPLICATIONS}add/", {**form, **NO_SCOPES, **values}, follow=True)


@pytest.mark.slow
def test_secret_of_a_new_application_is_shown_once(admin_client):
    shown = text_of(add_application(admin_client))

    secret = shown.split("shown only once: ")[1].split()[0]
    application = Application.objects.get()
    assert application.client_secret != secret
    assert secret not in text_of(admin_client.get(f"{APPLICATIONS}{application.pk}/change/"))


def test_new_secret_replaces_the_old_one(admin_client, confidential):
    before = confidential.client_secret

    admin_client.post(f"{APPLICATIONS}{confidential.pk}/new_secret/", headers=HTMX)

    confidential.refresh_from_db()
    shown = text_of(admin_client.get(APPLICATIONS))
    assert confidential.client_secret != before
    assert "shown only once" in shown
    assert confidential.client_secret not in shown


def test_public_application_gets_no_secret(admin_client, demo_application):
    assert admin_client.post(f"{APPLICATIONS}{demo_application.pk}/new_secret/").status_code == 403


def test_form_cannot_set_secret_and_client_id(admin_client, confidential):
    before = confidential.client_secret
    form = {"name": "Kiosk", "client_type": "confidential", "authorization_grant_type": "password"}

    admin_client.post(
        f"{APPLICATIONS}{confidential.pk}/change/", {**form, **NO_SCOPES, "client_secret": "x", "client_id": "x"}
    )

    confidential.refresh_from_db()
    assert (confidential.name, confidential.client_secret, confidential.client_id) == ("Kiosk", before, "front")


def test_application_gets_the_selected_scopes(admin_client, confidential):
    form = {"name": "Kiosk", "client_type": "confidential", "authorization_grant_type": "password"}
    ticked = {
        "allowed-TOTAL_FORMS": "1",
        "allowed-INITIAL_FORMS": "0",
        "allowed-0-application": confidential.pk,
        "allowed-0-scopes": ["invoice:read", "patient:read"],
    }

    response = admin_client.post(f"{APPLICATIONS}{confidential.pk}/change/", {**form, **ticked})

    assert response.status_code == 302, [f.formset.errors for f in response.context["inline_admin_formsets"]]
    assert ApplicationScopes.objects.get().scopes == "invoice:read patient:read"


def test_supervisor_may_not_view_applications(browser, supervisor):
    assert browser(supervisor).get(APPLICATIONS).status_code == 403
