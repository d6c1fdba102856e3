"""Help articles in a real browser: writing with a preview, unsaved words, the list, both themes and widths."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from agents.models import Agent, Brand
from knowledge.models import Answer
from tests.browser.console_page import axe_findings, sideways, sign_in
from tests.knowledge.conftest import write
from tests.live import LiveApp

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]


def test_an_article_is_written_translated_found_and_retired(
    live_app: LiveApp, leo: Agent, brand: Brand, new_page: NewPage
) -> None:
    page = new_page()
    sign_in(page, leo)
    page.get_by_role("link", name="Help articles").click()
    page.get_by_role("link", name="Write the first one").click()
    page.get_by_label("Question, as a customer would ask it").fill("How do I <b>return</b> it?")
    page.get_by_label("Answer, plain text").fill("One\nTwo")
    expect(page.locator("[data-preview-question]")).to_have_text("How do I <b>return</b> it?")
    expect(page.locator("[data-preview-text]")).to_have_text("One\nTwo")
    page.get_by_label("State").select_option("published")
    page.get_by_label("Shortcut", exact=True).fill("return")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("Saved.")
    page.get_by_role("link", name="Greek").click()
    page.get_by_label("Question, as a customer would ask it").fill("Πώς επιστρέφω;")
    page.get_by_label("Answer, plain text").fill("Έτσι.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="English")).to_be_visible()
    page.goto("/console/articles/")
    page.get_by_label("Search questions and answers").fill("επιστροφή")
    expect(page.locator("#articles")).to_contain_text("Πώς επιστρέφω;")
    page.get_by_label("Search questions and answers").fill("nothing like it")
    expect(page.locator("#articles")).to_contain_text("No article found")
    page.goto("/console/articles/")
    page.get_by_role("link", name="How do I").click()
    page.get_by_role("button", name="Retire").click()
    expect(page.locator("#articles")).to_contain_text("No article yet")
    assert set(Answer.objects.values_list("state", flat=True)) == {"retired"}


def test_unsaved_words_are_asked_about_before_they_are_lost(
    live_app: LiveApp, leo: Agent, brand: Brand, new_page: NewPage
) -> None:
    page = new_page()
    sign_in(page, leo)
    page.goto("/console/articles/new/")
    page.get_by_label("Answer, plain text").press_sequentially("long work")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("link", name="Back without saving").click(no_wait_after=True)
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    expect(page.get_by_label("Answer, plain text")).to_have_value("long work")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_article_pages_are_accessible(
    theme: str, width: int, live_app: LiveApp, leo: Agent, ana: Agent, brand: Brand, new_page: NewPage
) -> None:
    article = write(leo, "How do I return it? " + "x" * 120, "y" * 300, brand=brand, shortcut="return")
    write(leo, "Πώς;", language="el", brand=brand, group=article.group, state="draft", shortcut="return")
    found = []
    for agent in (leo, ana):
        page = new_page(width=width, height=900, color_scheme=theme)
        sign_in(page, agent)
        for path in ("", "?q=nothing", f"{article.public_id}/", *(["new/"] if agent is leo else [])):
            page.goto(f"/console/articles/{path}")
            found += axe_findings(page)
            assert sideways(page) <= 0, path
    assert found == []
