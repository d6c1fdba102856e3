from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ContactCentre(AppConfig):
    name = "contactcentre"


class AdminSite(AdminConfig):
    default_site = "contactcentre.admin.ContactCentreAdmin"
