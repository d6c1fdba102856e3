from email_inbox.models.account import AfterFetch, Auth, FetchedMail, MailAccount
from email_inbox.models.address import AddressState, MailAddress
from email_inbox.models.blocking import BlockedSender, BlockKind
from email_inbox.models.inbound import InboundEmail, InboundState, RawEmail, Source, Verdict
from email_inbox.models.mailbox import Mailbox, MailboxWords
from email_inbox.models.outbound import OutboundEmail, OutboundState
from email_inbox.models.participant import Participant, ParticipantKind
from email_inbox.models.pending import PendingFile, PendingReply, PendingState
from email_inbox.models.servers import Security
from email_inbox.models.sink import SinkMail
from email_inbox.models.webhook import WebhookEvent

__all__ = [
    "AddressState",
    "AfterFetch",
    "Auth",
    "BlockKind",
    "BlockedSender",
    "FetchedMail",
    "InboundEmail",
    "InboundState",
    "MailAccount",
    "MailAddress",
    "Mailbox",
    "MailboxWords",
    "OutboundEmail",
    "OutboundState",
    "Participant",
    "ParticipantKind",
    "PendingFile",
    "PendingReply",
    "PendingState",
    "RawEmail",
    "Security",
    "SinkMail",
    "Source",
    "Verdict",
    "WebhookEvent",
]
