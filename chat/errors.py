"""What can go wrong in a chat, in the visitor's words where they read it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.errors import AppError, Conflict, Forbidden, Invalid


class ChatEnded(Conflict):
    """The chat is over and too old to be taken up again: the words belong into a new one (`start`)."""

    code = "ended"
    message = _("This chat has ended. Your message starts a new one.")


class AlreadyTaken(Conflict):
    """Another agent was first."""

    code = "already_taken"


class NotYourChat(Conflict):
    """Only who has the chat may give it away."""

    code = "not_yours"
    message = _("Only the agent who has this chat can pass it on. Accept it first.")


class TransferOver(Conflict):
    """The question was answered, taken back or has run out."""

    code = "transfer_over"
    message = _("This transfer is over: it was answered, taken back, or nobody answered in time.")


class VisitorBlocked(Forbidden):
    """An agent keeps this browser out of the widget."""

    code = "blocked"
    message = _("The chat is not available to you. Please write to us by email.")


class WrongOrigin(Forbidden):
    """The page that asks is not among the widget's allowed domains."""

    code = "origin"
    message = _("The chat is not set up for this web site.")


class BadToken(AppError):
    """No visitor token, or none that could be a secret."""

    code = "token"
    status = 401
    message = _("This browser could not be recognised. Close the chat and open it again.")


class BadFrame(Invalid):
    """What came over the socket or in the body is not what the protocol says."""

    code = "bad_frame"
    status = 400
    message = _("The chat could not understand that.")


class BadIdentity(Forbidden):
    """The site's word about its visitor does not hold: wrong signature, expired, or not as documented."""

    code = "bad_identity"
    message = _("This web site could not say who you are. You can go on without.")


class QueueFull(Conflict):
    """As many wait as the queue may hold. `rule` says what the visitor is offered instead: message or callback."""

    code = "queue_full"

    def __init__(self, message: str, *, rule: str) -> None:
        super().__init__(message)
        self.rule = rule


class FormError(Invalid):
    """Something before the chat is missing or wrong. `field` is the question's key."""

    def __init__(self, message: str, *, code: str, field: str) -> None:
        super().__init__(message, code=code)
        self.field = field


class SlowDown(AppError):
    """More messages than the visitor's token bucket holds. `retry_after` in seconds."""

    code = "slow_down"
    status = 429
    message = _("That was a lot at once. It is kept and will be sent in a moment.")

    def __init__(self, retry_after: float) -> None:
        super().__init__()
        self.retry_after = retry_after
