"""Where patients and appointments answer."""

from clinic.api.routing import routes_of
from patients.api.views import AppointmentResource, PatientResource

urlpatterns = [*routes_of(PatientResource), *routes_of(AppointmentResource)]
