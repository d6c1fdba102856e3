from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcentre.settings")

from contactcentre.counters import share_between_processes  # isort: skip  # reads the settings

share_between_processes()
application = get_wsgi_application()
