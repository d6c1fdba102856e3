from chat.models.session import ChatSession, EndedBy, State
from chat.models.visitor import KnownVisitor
from chat.models.widget import Asked, Invitation, Position, QuestionKind, Widget, WidgetQuestion

__all__ = [
    "Asked",
    "ChatSession",
    "EndedBy",
    "Invitation",
    "KnownVisitor",
    "Position",
    "QuestionKind",
    "State",
    "Widget",
    "WidgetQuestion",
]
