"""API routes of invoices, payments, services and tags."""

from billing.api.invoices import InvoiceResource
from billing.api.payments import PaymentResource
from billing.api.services_and_tags import ServiceResource, TagResource
from clinic.api.routing import resource_urls

urlpatterns = [
    *resource_urls(InvoiceResource),
    *resource_urls(PaymentResource),
    *resource_urls(ServiceResource),
    *resource_urls(TagResource),
]
