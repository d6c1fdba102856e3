from __future__ import annotations

from typing import Never

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from core.errors import NotFound


class NoSuchAddress(APIView):
    """The API answers in JSON even where it has nothing; without it a POST that lacks the last slash is a web page."""

    permission_classes = [AllowAny]
    schema = None

    @extend_schema(exclude=True)
    def get(self, request: Request, rest: str) -> Never:
        raise NotFound(_("There is no such address. Addresses end with a slash; /api/v1/schema/ lists them."))

    post = put = patch = delete = get
