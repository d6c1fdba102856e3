"""One line per request, without what people typed and without secrets."""

from __future__ import annotations

import re
from collections.abc import Awaitable

from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware

# The keys in these addresses open an account.
_KEY = re.compile(r"^(/accounts/(?:password/reset/key|confirm-email)/).+")

# Asked every few seconds by machines; what is away shows in the answer and in /metrics.
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})


class RequestLog(RequestMiddleware):
    """django-structlog's, which would log whole addresses: search words, names of customers, password reset keys."""

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        if request.path in _PROBES:
            return self.get_response(request)
        return super().__call__(request)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        path = _KEY.sub(r"\1***/", request.path)
        return f"{request.method} {path}"
