from chat.models.session import ChatSession, EndedBy, State
from chat.models.widget import Widget

__all__ = ["ChatSession", "EndedBy", "State", "Widget"]
