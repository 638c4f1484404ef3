"""The application that a WSGI server serves: clinic.wsgi:application."""

import os

from clinic.web.server import open_the_door

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
application = open_the_door()
