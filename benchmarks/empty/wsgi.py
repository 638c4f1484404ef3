import os

from django.core.wsgi import get_wsgi_application

from clinic.web.server import build_application

os.environ["DJANGO_SETTINGS_MODULE"] = "empty.settings"
application = get_wsgi_application() if os.environ.get("EMPTY_BARE") == "1" else build_application()
