"""An agent's picture: an image, public, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.test import Client

from agents.models import Agent
from agents.pictures import MAX_BYTES, check_picture, picture_url

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"\x00" * 40

pytestmark = pytest.mark.django_db


@pytest.fixture
def pictured(ana: Agent, settings: Any, tmp_path: Path) -> Agent:
    settings.MEDIA_ROOT = tmp_path
    ana.picture.save("me.png", ContentFile(PNG))
    return ana


def test_a_picture_is_served_as_the_image_that_it_is(pictured: Agent, client: Client) -> None:
    response = client.get(picture_url(pictured))
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert b"".join(response.streaming_content) == PNG  # type: ignore[attr-defined]
    assert "immutable" in response["Cache-Control"]
    assert not response.cookies


def test_who_has_left_has_no_picture_and_a_guess_finds_none(pictured: Agent, client: Client) -> None:
    assert client.get("/pictures/0000000000000000/").status_code == 404
    assert client.get("/pictures/..%2Fsecret/").status_code == 404
    address = picture_url(pictured)
    Agent.objects.filter(pk=pictured.pk).update(is_active=False)
    assert client.get(address).status_code == 404


def test_without_a_picture_there_is_no_address(ana: Agent) -> None:
    assert picture_url(ana) == ""


@pytest.mark.parametrize("content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"", b"%PDF-1.4 "])
def test_only_images_are_pictures(content: bytes) -> None:
    with pytest.raises(ValidationError, match="picture"):
        check_picture(ContentFile(content, name="me.png"))


def test_a_picture_has_a_limit() -> None:
    with pytest.raises(ValidationError, match=r"1\.0"):
        check_picture(ContentFile(PNG + b"\0" * MAX_BYTES, name="me.png"))
