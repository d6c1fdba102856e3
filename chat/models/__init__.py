from chat.models.desk import BlockedVisitor, ChatGuest, ChatTransfer, Disposition, TransferState, VisitorAddress
from chat.models.leaving import EmailFallback, LeftMessage
from chat.models.session import ChatSession, EndedBy, State
from chat.models.visitor import KnownVisitor
from chat.models.widget import Asked, Invitation, Position, QuestionKind, Widget, WidgetQuestion

__all__ = [
    "Asked",
    "BlockedVisitor",
    "ChatGuest",
    "ChatSession",
    "ChatTransfer",
    "Disposition",
    "EmailFallback",
    "EndedBy",
    "Invitation",
    "KnownVisitor",
    "LeftMessage",
    "Position",
    "QuestionKind",
    "State",
    "TransferState",
    "VisitorAddress",
    "Widget",
    "WidgetQuestion",
]
