"""WSGI application for the server: clinic.wsgi:application."""

import os

from clinic.web.server import build_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
application = build_application()
