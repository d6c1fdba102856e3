"""Which of our mailboxes an address means."""

from __future__ import annotations

from collections.abc import Iterable

from email_inbox.models import Mailbox


def plain_address(address: str) -> str:
    """Lower case and without what follows a plus sign: `Support+x@Example.com` -> `support@example.com`."""
    local, _at, domain = address.strip().strip("<>").lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def mailbox_for(address: str) -> Mailbox | None:
    """The active mailbox that receives mail for `address`, exactly or by its part before the plus sign."""
    return first_mailbox([address])


def first_mailbox(addresses: Iterable[str]) -> Mailbox | None:
    """The mailbox of the first of `addresses` that is one of ours."""
    wanted: list[str] = []
    for address in addresses:
        wanted += [address.strip().strip("<>").lower(), plain_address(address)]
    wanted = [one for one in wanted if one.isprintable()]
    found = {box.address: box for box in Mailbox.objects.filter(address__in=wanted, is_active=True)}
    return next((found[one] for one in wanted if one in found), None)


def is_ours(address: str) -> bool:
    """Whether mail from `address` comes from ourselves: answering it would be a conversation with oneself."""
    return bool(ours_among([address]))


def ours_among(addresses: Iterable[str]) -> set[str]:
    """Those of `addresses` that are ours, active or not, exactly or by their part before the plus sign."""
    meant = {one: {one.lower(), plain_address(one)} for one in addresses if one.isprintable()}
    wanted = {name for names in meant.values() for name in names}
    known = set(Mailbox.objects.filter(address__in=wanted).values_list("address", flat=True)) if wanted else set()
    return {one for one, names in meant.items() if names & known}
