"""Everything that changes a chat. The console, the socket and the HTTP fallback all call these."""

from chat.actions.agents import accept_chat, agent_typing, mark_agent_seen
from chat.actions.ending import end_chat
from chat.actions.identity import forget_visitor, identify_visitor, recognise_visitor
from chat.actions.leaving import keep_place, leave_message
from chat.actions.starting import NewChat, start_chat
from chat.actions.talking import mark_visitor_seen, say, visitor_typing

__all__ = [
    "NewChat",
    "accept_chat",
    "agent_typing",
    "end_chat",
    "forget_visitor",
    "identify_visitor",
    "keep_place",
    "leave_message",
    "mark_agent_seen",
    "mark_visitor_seen",
    "recognise_visitor",
    "say",
    "start_chat",
    "visitor_typing",
]
