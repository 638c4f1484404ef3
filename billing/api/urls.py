"""API routes of invoices, payments, services and tags."""

from billing.api.invoices import InvoiceResource
from billing.api.payments import PaymentResource
from billing.api.services_and_tags import ServiceResource, TagResource
from clinic.api.routing import routes_of

urlpatterns = [
    *routes_of(InvoiceResource),
    *routes_of(PaymentResource),
    *routes_of(ServiceResource),
    *routes_of(TagResource),
]
