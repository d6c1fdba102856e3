"""The mail that a customer gets: made from the message and its outbox row, the same at every try."""

from __future__ import annotations

import email.utils
import html
import re
from email.headerregistry import Address as HeaderAddress

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import Q
from django.utils.translation import gettext as _

from core.text import clean_line
from crm.actions import normalise_email
from crm.models import IdentityKind
from email_inbox.additions import Additions, additions
from email_inbox.markdown import markdown_to_html
from email_inbox.models import OutboundEmail
from email_inbox.parsing.quotes import split_quote
from email_inbox.tokens import reply_address
from tickets.models import Direction, Message, Visibility

QUOTE_CHARACTERS = 4_000
_LINK = re.compile(r"https?://[^\s<>\"']{1,2000}[^\s<>\"'.,;:!?)\]]")


def compose(outbound: OutboundEmail, connection: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    """The MIME message. Header values hold no line ends: they are cleaned here and Django refuses the rest."""
    _check_sendable([outbound.to, *outbound.cc, *outbound.bcc])
    return (
        _letter(outbound, connection) if outbound.message is None else _answer(outbound, outbound.message, connection)
    )


def _letter(outbound: OutboundEmail, connection: BaseEmailBackend | None) -> EmailMultiAlternatives:
    """A mail with words of its own. An answer to it reaches the letter's ticket, else the mailbox."""
    mailbox, house = outbound.mailbox, outbound.mailbox.name or outbound.mailbox.brand.name
    address = reply_address(mailbox.address, outbound.ticket.public_id) if outbound.ticket else mailbox.address
    composed = EmailMultiAlternatives(
        subject=clean_line(outbound.subject, 320),
        body=outbound.text,
        from_email=display_address(house, mailbox.address),
        to=[outbound.to],
        reply_to=[display_address(house, address)],
        # RFC 3834 5: absence notices are not to answer it.
        headers=_headers(outbound)
        | {"Auto-Submitted": "auto-replied" if outbound.kind == "auto" else "auto-generated"},
        connection=connection,
    )
    if outbound.html:
        composed.attach_alternative(outbound.html, "text/html")
    return composed


def _answer(outbound: OutboundEmail, message: Message, connection: BaseEmailBackend | None) -> EmailMultiAlternatives:
    mailbox, ticket = outbound.mailbox, message.ticket
    added = additions(mailbox, ticket, message.agent)
    passed_on = outbound.forwarded
    quoted = _passed_on(passed_on) if passed_on is not None else _quoted(outbound, message)
    composed = EmailMultiAlternatives(
        subject=clean_line(outbound.subject, 320),
        body=_text(message, added, quoted),
        from_email=display_address(_sender_name(outbound, message), mailbox.address),
        to=[outbound.to],
        cc=list(outbound.cc),
        bcc=list(outbound.bcc),
        reply_to=[display_address(mailbox.name, reply_address(mailbox.address, ticket.public_id))],
        headers=_headers(outbound),
        connection=connection,
    )
    composed.attach_alternative(_html(message, added, quoted), "text/html")
    for attachment in message.attachments.all():
        with attachment.file.open("rb") as file:
            composed.attach(attachment.name, file.read(), attachment.content_type)
    return composed


def _check_sendable(addresses: list[str]) -> None:
    """Raise ValueError for an address whose local part needs SMTPUTF8 (RFC 6531), which no relay is asked for yet.

    Written as an encoded word it would be another address (RFC 2047 5 forbids it).
    """
    for address in addresses:
        if not address.rpartition("@")[0].isascii():
            raise ValueError(
                _("%(address)s has letters before the @ that the mail server cannot carry.") % {"address": address}
            )


def display_address(name: str, address: str) -> str:
    """`name <address>` with the name quoted or encoded as needed."""
    name = clean_line(name, 100).replace("\\", "").replace('"', "'")
    return (
        str(HeaderAddress(name, addr_spec=address))
        if name and name.isascii()
        else email.utils.formataddr((name, address))
    )


def _sender_name(outbound: OutboundEmail, message: Message) -> str:
    agent = message.agent
    house = outbound.mailbox.name or outbound.mailbox.brand.name
    return _("%(agent)s at %(house)s") % {"agent": agent.name, "house": house} if agent and agent.name else house


def _headers(outbound: OutboundEmail) -> dict[str, str]:
    headers = {
        "Message-ID": f"<{outbound.header_id}>",
        "Date": email.utils.format_datetime(outbound.message.created_at if outbound.message else outbound.created_at),
    }
    if outbound.in_reply_to:
        headers["In-Reply-To"] = f"<{outbound.in_reply_to}>"
    if outbound.references:
        headers["References"] = " ".join(f"<{one}>" for one in outbound.references.split())
    return headers


def _quoted(outbound: OutboundEmail, message: Message) -> tuple[str, str]:
    """(who wrote when, their words) of the newest message before this one; both empty without one.

    Only of the customer and of those who get this mail: what others wrote on the ticket is not passed on by itself.
    """
    readers = Q(customer=message.ticket.customer_id) | Q(
        customer__identities__kind=IdentityKind.EMAIL,
        customer__identities__value__in=[normalise_email(one) for one in (outbound.to, *outbound.cc)],
    )
    before = (
        Message.objects.filter(
            ticket=message.ticket_id, seq__lt=message.seq, direction=Direction.INBOUND, visibility=Visibility.PUBLIC
        )
        .filter(readers)
        .select_related("customer")
        .order_by("-seq")
        .first()
    )
    if before is None or not before.text.strip():
        return "", ""
    words = split_quote(before.text)[0].strip() or before.text.strip()
    if len(words) > QUOTE_CHARACTERS:
        words = words[:QUOTE_CHARACTERS].rstrip() + " …"
    intro = _("On %(date)s, %(name)s wrote:") % {
        "date": before.created_at.strftime("%Y-%m-%d %H:%M UTC"),
        "name": str(before.customer or _("the customer")),
    }
    return intro, words


def _passed_on(message: Message) -> tuple[str, str]:
    """(who wrote when, all their words) of a forwarded message. Its files are the note's."""
    author = message.customer or message.agent or _("the customer")
    intro = _("Forwarded: on %(date)s, %(name)s wrote:") % {
        "date": message.created_at.strftime("%Y-%m-%d %H:%M UTC"),
        "name": str(author),
    }
    return intro, message.text.strip() or "–"


def _text(message: Message, added: Additions, quoted: tuple[str, str]) -> str:
    parts = [message.text]
    if added.signature:
        parts.append(f"-- \n{added.signature}")
    parts += [added.news, added.disclaimer]
    if quoted[1]:
        parts.append(quoted[0] + "\n" + "\n".join(f"> {line}" for line in quoted[1].splitlines()))
    return "\n\n".join(part for part in parts if part) + "\n"


def _html(message: Message, added: Additions, quoted: tuple[str, str]) -> str:
    parts = [message.html or markdown_to_html(message.text) or f"<div>{_lines(message.text)}</div>"]
    if added.signature:
        parts.append(f'<div style="color:#666;margin-top:1em">-- <br>{_lines(added.signature)}</div>')
    if added.news:
        parts.append(f'<div style="margin-top:1em">{_lines(added.news)}</div>')
    if added.disclaimer:
        parts.append(f'<div style="color:#666;font-size:12px;margin-top:1em">{_lines(added.disclaimer)}</div>')
    if quoted[1]:
        parts.append(
            f'<div class="gmail_quote" style="margin-top:1em">{html.escape(quoted[0])}'
            f'<blockquote type="cite" style="margin:0 0 0 .8em;border-left:2px solid #ccc;padding-left:1em">'
            f"{_lines(quoted[1])}</blockquote></div>"
        )
    return "".join(parts)


def _lines(text: str) -> str:
    """Plain text as HTML, with links that can be followed."""
    escaped, position = [], 0
    for link in _LINK.finditer(text):
        address = html.escape(link[0])
        escaped += [html.escape(text[position : link.start()]), f'<a href="{address}">{address}</a>']
        position = link.end()
    return "".join([*escaped, html.escape(text[position:])]).replace("\n", "<br>\n")
