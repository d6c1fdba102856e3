from __future__ import annotations

from django.urls import path

from email_inbox.views import blocking, body, ledger
from email_inbox.webhooks import webhook

app_name = "email_inbox"
urlpatterns = [
    path("", ledger.ledger, name="ledger"),
    path("<int:pk>/", ledger.mail, name="mail"),
    path("<int:pk>/original", ledger.original, name="original"),
    path("<int:pk>/retry", ledger.retry, name="retry"),
    path("<int:pk>/accept", ledger.accept, name="accept"),
    path("<int:pk>/block", blocking.block, name="block"),
    path("blocked/", blocking.blocked, name="blocked"),
    path("blocked/<int:pk>/unblock", blocking.unblock, name="unblock"),
    path("webhooks/<slug:provider>/", webhook, name="webhook"),
    path("messages/<str:public_id>/body", body.message_body, name="message_body"),
    path("messages/<str:public_id>/original", body.message_original, name="message_original"),
    path("messages/<str:public_id>/image", body.remote_image, name="remote_image"),
]
