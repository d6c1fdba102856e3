"""The cast: ana answers, leo supervises, ada administers, otto works for another brand, mia is a customer."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from agents.models import Agent, Brand, Role
from crm.models import Customer
from tests import factories


@pytest.fixture(autouse=True)
def _media(settings: object, tmp_path: object) -> None:
    """Files of one test are never seen by another."""
    settings.MEDIA_ROOT = tmp_path / "media"  # type: ignore[attr-defined,operator]


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Rate limits of one test do not reach the next."""
    cache.clear()


@pytest.fixture
def brand(db: None) -> Brand:
    return factories.brand("Acme")


@pytest.fixture
def other_brand(db: None) -> Brand:
    return factories.brand("Rival")


@pytest.fixture
def ana(brand: Brand) -> Agent:
    return factories.agent("Ana", brands=[brand])


@pytest.fixture
def leo(brand: Brand) -> Agent:
    return factories.agent("Leo", role=Role.SUPERVISOR, brands=[brand])


@pytest.fixture
def ada(db: None) -> Agent:
    return factories.agent("Ada", role=Role.ADMIN)


@pytest.fixture
def otto(other_brand: Brand) -> Agent:
    return factories.agent("Otto", brands=[other_brand])


@pytest.fixture
def mia(db: None) -> Customer:
    return factories.customer("Mia Chen", email="mia@example.com")


@pytest.fixture
def as_ana(ana: Agent) -> Client:
    client = Client()
    client.force_login(ana)
    return client


@pytest.fixture
def as_leo(leo: Agent) -> Client:
    client = Client()
    client.force_login(leo)
    return client


@pytest.fixture
def as_ada(ada: Agent) -> Client:
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def as_otto(otto: Agent) -> Client:
    client = Client()
    client.force_login(otto)
    return client
