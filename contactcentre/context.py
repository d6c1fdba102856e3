from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """What every page may show."""
    return {"site_name": settings.SITE_NAME, "demo": settings.DEBUG}
