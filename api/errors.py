"""Errors of the REST API: always {"error": {"code", "message"}}, with "fields" for invalid input."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler as rest_handler

from core.errors import AppError, Forbidden, NotFound


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Give AppError and REST framework's own errors one shape; None for what is a bug (a plain 500)."""
    exception = _as_ours(exception)
    if isinstance(exception, AppError):
        return _answer(exception.code, str(exception.message), exception.status)
    response = rest_handler(exception, context)
    if response is None or not isinstance(exception, APIException):
        return response
    if isinstance(exception, ValidationError):
        answer = _answer("invalid", _("The request is not valid."), response.status_code)
        answer.data["error"]["fields"] = response.data
    else:
        answer = _answer(str(exception.get_codes()), str(exception.detail), response.status_code)
    for name, value in response.headers.items():
        answer[name] = value
    return answer


def _as_ours(exception: Exception) -> Exception:
    """Django's own exceptions, which REST framework would answer in another shape or as a page."""
    if isinstance(exception, Http404):
        return NotFound()
    if isinstance(exception, PermissionDenied):
        return Forbidden()
    if isinstance(exception, SuspiciousOperation):
        return ParseError(_("The request could not be read."))
    return exception


def _answer(code: str, message: str, status: int) -> Response:
    return Response({"error": {"code": code, "message": message}}, status=status)
