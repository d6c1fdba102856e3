from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

from django.test import Client

from chat.bundle import FOLDER, MODULES, widget_bundle
from chat.models import Widget

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_script_is_served_to_any_site_and_cached(db: None) -> None:
    answer = Client().get("/widget.js", headers={"Accept-Encoding": "gzip", "Origin": "https://anywhere.example"})
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "max-age=600" in answer.headers["Cache-Control"]
    assert not answer.cookies
    assert gzip.decompress(answer.content) == widget_bundle().script
    again = Client().get("/widget.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_every_module_is_in_the_script_and_nothing_of_the_joinery_is_left() -> None:
    assert set(MODULES) == {path.name for path in FOLDER.glob("*.js")}
    script = widget_bundle().script.decode()
    assert "\nimport " not in script
    assert "\nexport " not in script
    assert "/**" not in script


def test_the_widget_never_inserts_html() -> None:
    script = widget_bundle().script.decode()
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert way not in script


def test_the_script_keeps_its_promised_size() -> None:
    run = subprocess.run(
        [sys.executable, "scripts/check_widget_size.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_sample_shop_loads_the_widget_in_its_own_colour(widget: Widget) -> None:
    Widget.objects.update(accent="#123456")
    page = Client().get("/widget/demo/").content.decode()
    assert 'data-key="demo" data-accent="#123456"' in page
