"""How other people's mail servers are reached."""

from __future__ import annotations

import ipaddress

from django.db import models
from django.utils.translation import gettext_lazy as _


class Security(models.TextChoices):
    TLS = "tls", _("TLS (usually port 993, or 465 for sending)")
    STARTTLS = "starttls", _("STARTTLS (usually port 143, or 587 for sending)")
    NONE = "none", _("None (this machine only)")


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
