"""What a caller hands to an action: the words and files of one message, before they are rows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.core.files.base import ContentFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from core.errors import Invalid, TooLarge
from core.sniffing import sniff_content_type
from core.text import clean_line, clean_text
from tickets.models import Attachment, Message


@dataclass(frozen=True, slots=True)
class NewAttachment:
    """A file to be kept with a message. `content_type` is what the sender claims and is used as a hint only."""

    name: str
    content: bytes
    content_type: str = ""
    content_id: str = ""
    is_inline: bool = False


@dataclass(frozen=True, slots=True)
class NewMessage:
    """Words and files to post.

    Attributes:
        text: plain text; always present when there are words, since search and notifications use it.
        html: already sanitised HTML, or empty.
        client_id: the sender's id for this message, at most 64 characters; posting the same id on the same
            ticket again returns the first message and changes nothing.
    """

    text: str
    html: str = ""
    attachments: tuple[NewAttachment, ...] = field(default=())
    client_id: str | None = None

    def cleaned(self) -> NewMessage:
        """A copy that PostgreSQL and people can live with. Idempotent."""
        return replace(
            self,
            text=clean_text(self.text).strip("\n"),
            html=clean_text(self.html),
            client_id=clean_line(self.client_id, 64) if self.client_id else None,
        )

    def check_not_empty(self) -> None:
        """Raise Invalid when there are neither words nor files."""
        if not self.text.strip() and not self.attachments:
            raise Invalid(
                _("There is nothing to send yet: write a few words or attach a file."),
                code="empty",
            )


def check_attachment_sizes(attachments: tuple[NewAttachment, ...]) -> None:
    """Raise TooLarge, naming the file and the limit, when a file is larger than ATTACHMENT_MAX_BYTES."""
    for attachment in attachments:
        if len(attachment.content) > settings.ATTACHMENT_MAX_BYTES:
            raise TooLarge(
                _("“%(name)s” is %(size)s; a file may be at most %(limit)s. Nothing was sent.")
                % {
                    "name": clean_line(attachment.name, 80),
                    "size": filesizeformat(len(attachment.content)),
                    "limit": filesizeformat(settings.ATTACHMENT_MAX_BYTES),
                }
            )


def store_attachments(message: Message, attachments: tuple[NewAttachment, ...]) -> list[Attachment]:
    """Write the files, fsynced, and their rows. A roll-back leaves an orphan file, never a row without its file."""
    return [_store(message, attachment) for attachment in attachments]


def _store(message: Message, new: NewAttachment) -> Attachment:
    attachment = Attachment(
        message=message,
        name=clean_line(new.name, 255).replace("/", "_").replace("\\", "_") or _("unnamed"),
        content_type=sniff_content_type(new.content, claimed=new.content_type, name=new.name),
        size=len(new.content),
        sha256=hashlib.sha256(new.content).hexdigest(),
        content_id=clean_line(new.content_id, 255),
        is_inline=new.is_inline,
    )
    attachment.file.save("", ContentFile(new.content), save=False)
    attachment.save()
    return attachment
