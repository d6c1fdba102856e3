"""Errors that a person is meant to read.

Actions and access doors raise these; each edge (page, API, socket, command) translates them once.
A message is shown as it is: it says what happened and what to do, and never names code, paths or other people's data.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class AppError(Exception):
    """An expected failure.

    Args:
        message: translated sentence for the reader; the class's default when empty.
        code: stable machine word for clients (`not_found`, `too_long` ...).
        status: HTTP status that an HTTP edge answers with.
    """

    code: str = "error"
    status: int = 400
    message: str | Promise = _("Something went wrong. Nothing was changed.")

    def __init__(self, message: str | Promise = "", *, code: str = "", status: int = 0) -> None:
        self.message = message or self.message
        self.code = code or self.code
        self.status = status or self.status
        super().__init__(str(self.message))


class Invalid(AppError):
    """The input cannot be accepted as it is."""

    code = "invalid"
    status = 422
    message = _("That could not be accepted.")


class TooLarge(AppError):
    """The input is larger than the limit named in the message."""

    code = "too_large"
    status = 413
    message = _("That is too large.")


class NotFound(AppError):
    """No such object, or none that the reader may know of: both look the same from outside."""

    code = "not_found"
    status = 404
    message = _("That could not be found. It may have been removed, or you may not have access to it.")


class Forbidden(AppError):
    """The reader may know of the object but not do this."""

    code = "forbidden"
    status = 403
    message = _("You do not have permission to do this.")


class Conflict(AppError):
    """Somebody else was first; the reader should look again and decide."""

    code = "conflict"
    status = 409
    message = _("This was changed by somebody else in the meantime. Look again and repeat if still needed.")


class NeedsConfirming(AppError):
    """Nothing is wrong with it, but its writer should look again; sent again as confirmed, it goes through."""

    code = "confirm"
    status = 409
    message = _("Look again before you send this.")
