"""The demo's mail page; included only where DEBUG or the tests are (`contactcentre.urls`)."""

from __future__ import annotations

from django.urls import path

from email_inbox.views import sink

app_name = "mail_sink"
urlpatterns = [
    path("", sink.outbox, name="list"),
    path("new", sink.write, name="write"),
    path("<int:pk>/", sink.mail, name="mail"),
    path("<int:pk>/html", sink.html, name="html"),
    path("<int:pk>/answer", sink.answer, name="answer"),
]
