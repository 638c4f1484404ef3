"""Where invoices, payments, services and tags answer."""

from billing.api.catalogue import ServiceResource, TagResource
from billing.api.invoices import InvoiceResource
from billing.api.payments import PaymentResource
from clinic.api.routing import routes_of

urlpatterns = [
    *routes_of(InvoiceResource),
    *routes_of(PaymentResource),
    *routes_of(ServiceResource),
    *routes_of(TagResource),
]
