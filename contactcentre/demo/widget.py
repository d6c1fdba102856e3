"""The widget of the sample shop (`/widget/demo/`), with most of what a widget can have."""

from __future__ import annotations

from chat.models import Invitation, Widget, WidgetQuestion
from contactcentre.demo.people import Cast

KEY = "demo"


def make_widget(cast: Cast) -> Widget:
    widget = Widget.objects.create(
        brand=cast.outdoor,
        name="Shop",
        public_key=KEY,
        allowed_domains=["127.0.0.1", "localhost"],
        greeting="Hi! Questions about gear, sizes or your order? We are happy to help.",
        phone="+44 20 7946 0018",
        contact_email="support@example.com",
    )
    widget.departments.set([cast.support, cast.returns])
    WidgetQuestion.objects.create(widget=widget, key="order", label="Order number, if it is about one")
    Invitation.objects.create(
        widget=widget,
        text="Not sure which tent fits your trip? Ask us, we have slept in all of them.",
        page_pattern="*/widget/demo/*",
        after_seconds=45,
    )
    return widget
