from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from chat.models import KnownVisitor, Widget
from tests.chat.test_signed import token
from tests.chat.visitors import Visitor

pytestmark = pytest.mark.django_db


def test_a_secret_is_shown_once_and_then_only_that_it_is_set(as_ada: Client, widget: Widget, visitor: Visitor) -> None:
    answer = as_ada.post(
        "/admin/chat/widget/", {"action": "new_secret", "_selected_action": [widget.pk]}, follow=True
    ).content.decode()
    found = re.search(r"Identity secret of Shop: (\S+)\. It", answer)
    assert found
    secret = found[1]
    for page in (
        "/admin/chat/widget/",
        f"/admin/chat/widget/{widget.pk}/change/",
        f"/admin/chat/widget/{widget.pk}/history/",
    ):
        assert secret not in as_ada.get(page).content.decode()
    assert secret not in str(Widget.objects.values())
    assert visitor.post("identify", {"jwt": token(secret)}).status_code == 200


def test_a_new_secret_ends_what_the_old_one_opened(as_ada: Client, widget: Widget, visitor: Visitor) -> None:
    page = {"action": "new_secret", "_selected_action": [widget.pk]}
    first = re.search(r"Shop: (\S+)\. It", as_ada.post("/admin/chat/widget/", page, follow=True).content.decode())
    assert first
    visitor.post("identify", {"jwt": token(first[1])})
    as_ada.post("/admin/chat/widget/", page)
    assert not KnownVisitor.objects.filter(expires_at__gt=timezone.now()).exists()
    assert visitor.post("identify", {"jwt": token(first[1])}).status_code == 403


def test_the_widgets_page_has_the_line_for_the_site(as_ada: Client, widget: Widget) -> None:
    page = as_ada.get(f"/admin/chat/widget/{widget.pk}/change/").content.decode()
    assert "/widget.js?key=demo" in page
    assert "visitor_hash" not in page
