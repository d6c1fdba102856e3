from email_inbox.models.account import AfterFetch, Auth, FetchedMail, MailAccount, Security
from email_inbox.models.blocking import BlockedSender, BlockKind
from email_inbox.models.inbound import InboundEmail, InboundState, RawEmail, Source, Verdict
from email_inbox.models.mailbox import Mailbox
from email_inbox.models.outbound import OutboundEmail, OutboundState
from email_inbox.models.sink import SinkMail
from email_inbox.models.webhook import WebhookEvent

__all__ = [
    "AfterFetch",
    "Auth",
    "BlockKind",
    "BlockedSender",
    "FetchedMail",
    "InboundEmail",
    "InboundState",
    "MailAccount",
    "Mailbox",
    "OutboundEmail",
    "OutboundState",
    "RawEmail",
    "Security",
    "SinkMail",
    "Source",
    "Verdict",
    "WebhookEvent",
]
