"""URLs of patients and appointments in the API."""

from clinic.api.routing import resource_urls
from patients.api.resources import AppointmentResource, PatientResource

urlpatterns = [*resource_urls(PatientResource), *resource_urls(AppointmentResource)]
