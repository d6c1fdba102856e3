from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class AdminSite(AdminConfig):
    default_site = "contactcentre.admin.ContactCentreAdmin"
