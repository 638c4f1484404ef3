"""Where patients and appointments answer."""

from clinic.api.routing import resource_urls
from patients.api.views import AppointmentResource, PatientResource

urlpatterns = [*resource_urls(PatientResource), *resource_urls(AppointmentResource)]
