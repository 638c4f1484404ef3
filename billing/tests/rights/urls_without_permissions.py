"""The map of the site with one endpoint more, about which nobody has decided."""

from billing.models import Invoice
from clinic.api.resources import Resource, verb
from clinic.api.routing import resource_urls
from clinic.domain.permissions import Permission
from clinic.urls import urlpatterns as known


class Undecided(Resource):
    """A resource of which nobody has said who may read it."""

    path = "undecided"

    def get_queryset(self):
        return Invoice.objects.all()

    def represent(self, record):
        return {"id": record.pk}

    @verb("burn", Permission("invoice:write", "billing.burn_invoice"))
    def burn(self, _invoice, _values):
        """Nothing."""
        return {}


urlpatterns = [*known, *resource_urls(Undecided)]
