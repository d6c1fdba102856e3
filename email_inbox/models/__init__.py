from email_inbox.models.blocking import BlockedSender, BlockKind
from email_inbox.models.inbound import InboundEmail, InboundState, RawEmail, Source, Verdict
from email_inbox.models.mailbox import Mailbox
from email_inbox.models.outbound import OutboundEmail, OutboundState
from email_inbox.models.sink import SinkMail

__all__ = [
    "BlockKind",
    "BlockedSender",
    "InboundEmail",
    "InboundState",
    "Mailbox",
    "OutboundEmail",
    "OutboundState",
    "RawEmail",
    "SinkMail",
    "Source",
    "Verdict",
]
