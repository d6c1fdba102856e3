"""Signing in and out in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from agents.models import Agent
from tests.browser.console_page import axe_findings, sign_in
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser


def test_an_agent_signs_in_and_out(new_page: Callable[..., Page], ana: Agent) -> None:
    page = new_page()
    sign_in(page, ana)
    page.locator("#account-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))


@pytest.mark.parametrize("address", ["ana@agents.example.com", "nobody@agents.example.com"])
def test_a_wrong_password_and_an_unknown_address_read_the_same(
    address: str, new_page: Callable[..., Page], ana: Agent
) -> None:
    page = new_page()
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").first).to_contain_text("password you specified are not correct")
    assert page.get_by_label("Email").input_value() == address


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_account_page_is_accessible(theme: str, new_page: Callable[..., Page], ana: Agent) -> None:
    page = new_page(color_scheme=theme)
    found = []
    for path in ("/accounts/login/", "/accounts/password/reset/", "/accounts/signup/", "/accounts/inactive/"):
        page.goto(path)
        found += axe_findings(page)
    sign_in(page, ana)
    for path in ("/accounts/password/change/", "/accounts/2fa/", "/accounts/logout/"):
        page.goto(path)
        found += axe_findings(page)
    assert found == []


def test_two_step_sign_in_can_be_set_up_after_confirming_the_password(
    new_page: Callable[..., Page], ana: Agent
) -> None:
    page = new_page()
    sign_in(page, ana)
    page.goto("/accounts/2fa/totp/activate/")
    if page.get_by_label("Password").count():
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_alt_text("QR code for your authenticator app")).to_be_visible()
    assert axe_findings(page) == []


def test_the_chosen_theme_is_kept(new_page: Callable[..., Page], ana: Agent) -> None:
    page = new_page(color_scheme="light")
    sign_in(page, ana)
    page.locator("#account-menu summary").click()
    page.get_by_role("button", name="Dark").click()
    page.reload()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
