"""The administration site: behind the same sign-in as the rest, open to administrators only."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from core.errors import Forbidden


class ContactCentreAdmin(AdminSite):
    site_header = _("Contact Centre administration")
    site_title = _("Contact Centre")
    index_title = _("Everything behind the console")

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Strangers are asked to sign in where everybody does (rate limits, second factor); others are told no."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                raise Forbidden()
            return guarded(request, *args, **kwargs)

        return checked

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect(request.GET.get("next", "") if _is_here(request) else "admin:index")


def _is_here(request: HttpRequest) -> bool:
    """Whether `next` is a page of ours: a link to /admin/login/ must not lead elsewhere."""
    return url_has_allowed_host_and_scheme(request.GET.get("next", ""), allowed_hosts=None)
