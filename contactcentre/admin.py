"""The administration site: behind the same sign-in as the rest, open to administrators only."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from core.errors import Forbidden


class ContactCentreAdmin(AdminSite):
    site_header = _("Contact Centre administration")
    site_title = _("Contact Centre")
    index_title = _("Everything behind the console")

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Sign in where everybody signs in (rate limits, second factor); a signed-in non-admin is told so."""
        if request.user.is_authenticated:
            raise Forbidden()
        return redirect_to_login(request.GET.get("next", request.get_full_path()))
