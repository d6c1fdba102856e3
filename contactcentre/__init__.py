"""The project: settings, URLs, ASGI, Celery and the embedded services. The only place that knows every app."""

from contactcentre.celery import app as celery_app

__all__ = ["celery_app"]
