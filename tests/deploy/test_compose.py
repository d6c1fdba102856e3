"""Where no container engine is at hand: the deployment's files are read as an engine would read them, and every name
in them must exist in the code."""

from __future__ import annotations

import importlib
import json
import re
import shlex
from collections.abc import Iterator
from importlib.metadata import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from celery import Celery
from django.core.management import get_commands

from tests.deploy.environment import EXAMPLE, example_variables, settings_variables

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
INTERPOLATION = re.compile(r"(?<!\$)\$\{(\w+)")
APPLICATION = ("migrate", "web", "worker", "beat", "intake")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return loaded


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The published compose specification, as the package check-jsonschema brings it."""
    packaged = files("check-jsonschema") or []
    path = next(file for file in packaged if file.name in ("compose-spec.json", "compose_spec.json"))
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def test_compose_file_follows_the_published_schema(compose: dict[str, Any], schema: dict[str, Any]) -> None:
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    assert [error.message for error in validator(schema).iter_errors(compose)] == []


def test_schema_check_sees_a_mistake(compose: dict[str, Any], schema: dict[str, Any]) -> None:
    broken = {**compose, "services": {"web": {"imag": "typo"}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema)


def test_every_role_of_the_product_has_a_service(compose: dict[str, Any]) -> None:
    assert {*APPLICATION, "postgres", "redis", "proxy"} == set(compose["services"])


def test_outside_images_are_pinned_to_exact_versions(compose: dict[str, Any]) -> None:
    images = {name: compose["services"][name]["image"] for name in ("postgres", "redis", "proxy")}
    assert images["postgres"].startswith("postgres:18.")
    assert all(re.search(r":\d+\.\d+", image) for image in images.values()), images


def test_application_services_run_the_image_that_the_dockerfile_builds(compose: dict[str, Any]) -> None:
    stages = re.findall(r"^FROM \S+ AS (\w+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for name in APPLICATION:
        build = compose["services"][name]["build"]
        assert build["target"] in stages
        assert (ROOT / build["context"]).is_dir()


def test_commands_of_all_services_exist(compose: dict[str, Any]) -> None:
    for name in APPLICATION:
        command = compose["services"][name].get("command")
        if command is not None:
            check_command(command)


def test_health_checks_are_there_and_can_run(compose: dict[str, Any]) -> None:
    from deploy import health

    for name, service in compose["services"].items():
        check = service.get("healthcheck")
        if name == "web":
            assert check is None  # the image's own, checked with the Dockerfile
        elif name == "migrate":
            assert check == {"disable": True}
        elif name in APPLICATION:
            assert check["test"][:3] == ["CMD", "python", "deploy/health.py"]
            assert check["test"][3] in health.ROLES
        else:
            assert check["test"]


def test_web_is_scaled_and_published_by_the_proxy_alone(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["web"]["deploy"]["replicas"] >= 2
    assert "ports" not in services["web"]
    assert "container_name" not in services["web"]


def test_published_ports_are_those_that_the_containers_listen_on(compose: dict[str, Any]) -> None:
    intake = compose["services"]["intake"]
    assert container_port(intake) == intake["environment"]["SMTP_PORT"]
    listening = re.search(r"^\s*listen (\d+);", (ROOT / "deploy/nginx.conf").read_text(), re.MULTILINE)
    assert listening is not None
    assert container_port(compose["services"]["proxy"]) == listening[1]


def test_every_variable_of_a_service_is_read_by_the_settings(compose: dict[str, Any]) -> None:
    known = settings_variables()
    for name in APPLICATION:
        for variable in compose["services"][name]["environment"]:
            assert variable.removesuffix("_FILE") in known, f"{name}: nobody reads {variable}"


def test_every_variable_that_production_requires_is_given(compose: dict[str, Any]) -> None:
    required = set(re.findall(r'_required\("(\w+)"', (ROOT / "contactcentre/settings.py").read_text()))
    assert {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "EMAIL_URL", "METRICS_TOKEN"} <= required
    for name in APPLICATION:
        given = {variable.removesuffix("_FILE") for variable in compose["services"][name]["environment"]}
        assert required <= given, name


def test_variables_filled_in_by_compose_are_explained_in_the_example() -> None:
    assert set(INTERPOLATION.findall(COMPOSE.read_text())) <= example_variables()


def test_example_names_every_variable_of_the_settings_and_no_other() -> None:
    compose_variables = set(INTERPOLATION.findall(COMPOSE.read_text()))
    assert settings_variables() <= example_variables()
    assert example_variables() <= settings_variables() | compose_variables


def test_example_holds_no_secret() -> None:
    for line in EXAMPLE.read_text().splitlines():
        name, _, value = line.lstrip("# ").partition("=")
        if name in {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "METRICS_TOKEN"}:
            assert value == ""


def test_secrets_are_declared_mounted_and_made_by_the_script(compose: dict[str, Any]) -> None:
    declared = compose["secrets"]
    script = (ROOT / "deploy/make-secrets").read_text()
    for name, secret in declared.items():
        assert secret["file"] == f"deploy/secrets/{name}"
        assert f"keep_or_write {name} " in script
    for service in compose["services"].values():
        assert set(service.get("secrets", [])) <= set(declared)
        for variable, value in service.get("environment", {}).items():
            if variable.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in service["secrets"]


def test_volumes_are_declared_and_mounted_files_exist(compose: dict[str, Any]) -> None:
    for source in mounted_sources(compose):
        if source.startswith("./"):
            assert (ROOT / source).is_file()
        else:
            assert source in compose["volumes"]


def test_media_is_shared_by_all_that_read_or_write_it(compose: dict[str, Any]) -> None:
    media_root = re.search(r"MEDIA_ROOT=(\S+)", (ROOT / "Dockerfile").read_text())
    assert media_root is not None
    for name in ("web", "worker", "intake"):
        assert f"media:{media_root[1]}" in compose["services"][name]["volumes"]


def test_dependencies_name_services_with_a_health_check(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, wanted in service.get("depends_on", {}).items():
            needed = compose["services"][name]
            if wanted["condition"] == "service_healthy":
                assert needed.get("healthcheck") or name == "web"


def test_everything_but_the_migration_comes_back_after_a_crash(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")


def check_command(command: list[str] | str) -> None:
    words = shlex.split(command) if isinstance(command, str) else command
    if words[:2] == ["python", "manage.py"]:
        assert words[2] in get_commands()
    elif words[0] == "celery":
        app = importlib.import_module(words[words.index("-A") + 1]).celery_app
        assert isinstance(app, Celery)
    else:
        pytest.fail(f"a test must know the command {words}")


def container_port(service: dict[str, Any]) -> str:
    (published,) = service["ports"]
    return str(published).rpartition(":")[2]


def mounted_sources(compose: dict[str, Any]) -> Iterator[str]:
    for service in compose["services"].values():
        for mount in service.get("volumes", []):
            yield mount.split(":")[0]
