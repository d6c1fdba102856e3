from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from contactcentre import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="console:home"), name="home"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("console/", include("console.urls")),
    path("dashboard/", include("dashboard.urls")),
    path("api/v1/", include("api.urls")),
    path("mail/", include("email_inbox.urls")),
    *([path("demo/mail/", include("email_inbox.sink_urls"))] if settings.LOCAL else []),
    path("", include("chat.urls")),
    path("", include("agents.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
