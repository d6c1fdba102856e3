"""Errors of the REST API: always {"error": {"code", "message"}}, with "fields" for invalid input."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler as rest_handler

from core.errors import AppError


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Give AppError and REST framework's own errors one shape; None for what is a bug (a plain 500)."""
    if isinstance(exception, AppError):
        return _answer(exception.code, str(exception.message), exception.status)
    response = rest_handler(exception, context)
    if response is None or not isinstance(exception, APIException):
        return response
    if isinstance(exception, ValidationError):
        answer = _answer("invalid", "The request is not valid.", response.status_code)
        answer.data["error"]["fields"] = response.data
    else:
        answer = _answer(str(exception.get_codes()), str(exception.detail), response.status_code)
    for name, value in response.headers.items():
        answer[name] = value
    return answer


def _answer(code: str, message: str, status: int) -> Response:
    return Response({"error": {"code": code, "message": message}}, status=status)
