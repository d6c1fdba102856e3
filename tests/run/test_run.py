"""`make run` and `make stop` as a newcomer meets them. One story, told in order, because each start takes seconds."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
from collections.abc import Iterator

import psutil
import pytest

from tests.run.product import Product, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("run")]

COUNT = "from agents.models import Agent; print(Agent.objects.filter(email='kept@example.com').count())"
CREATE = "from agents.models import Agent; Agent.objects.create_user(email='kept@example.com', name='Kept')"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(tmp_path_factory.mktemp("run"))
    yield product
    product.make("stop")
    for process in product.alive():
        process.kill()


def test_run_stop_and_every_kind_of_death(product: Product) -> None:
    """From nothing to a running product, through crashes, to nothing left."""
    _says_what_to_do_while_nothing_runs(product)
    run = product.start()
    product.wait_until_up(run, seconds=90)
    _shows_addresses_and_log_ins(product)
    _refuses_a_second_run(product)
    _serves_commands_under_any_python(product)
    _heals_killed_programs(product)
    _heals_killed_services(product)

    product.supervisor().kill()
    run.wait(timeout=10)
    again = product.start()
    product.wait_until_up(again, seconds=60)
    assert "killed: ending what it left behind" in product.screen_text()
    assert product.manage("shell", "-v0", "-c", COUNT).stdout.strip() == "1"  # all data kept

    stopped = product.make("stop")
    assert stopped.stdout.strip() == "Stopped."
    assert again.wait(timeout=15) == 0
    wait_for(lambda: not product.alive(), 30, lambda: str(product.alive()))
    assert product.make("stop").stdout.strip() == "Nothing was running."


def test_a_second_start_is_up_and_ctrl_c_ends_it(product: Product) -> None:
    run = product.start()
    product.wait_until_up(run)
    assert product.status("/readyz") == 200
    os.killpg(run.pid, signal.SIGINT)  # what a terminal does: make and the supervisor both get it
    run.wait(timeout=90)
    wait_for(lambda: not product.alive(), 30, lambda: str(product.alive()))
    assert "Stopped." in product.screen_text()


@pytest.mark.parametrize(
    "signals",
    [(signal.SIGHUP,), (signal.SIGTERM,), (signal.SIGINT, signal.SIGINT)],
    ids=["closed terminal", "terminated", "ctrl-c twice"],
)
def test_an_end_in_the_middle_of_a_start_leaves_nothing(product: Product, signals: tuple[signal.Signals, ...]) -> None:
    run = product.start()
    wait_for(lambda: (product.data / "run" / "run.json").exists(), 20, product.screen_text)
    supervisor = product.supervisor()
    for number in signals:
        supervisor.send_signal(number)
    run.wait(timeout=90)
    wait_for(lambda: not product.alive(), 30, lambda: str(product.alive()))


@pytest.mark.parametrize("variable", ["PORT", "SMTP_PORT", "MAIL_SINK_PORT"])
def test_a_taken_port_is_named_with_its_variable_and_nothing_is_left_running(product: Product, variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = product.make("run", **{variable: port})
    assert done.returncode != 0
    assert f"Port {port} is taken" in done.stderr
    assert f"make run {variable}=" in done.stderr
    assert product.alive() == []


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused_in_words(product: Product, port: str) -> None:
    done = product.make("run", PORT=port)
    assert done.returncode != 0
    assert f"PORT={port} is no port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_service_that_the_environment_names_is_not_started(product: Product) -> None:
    done = product.make("services", REDIS_URL="redis://127.0.0.1:9/0")
    try:
        assert done.returncode == 0, done.stderr
        assert "redis     not running" in done.stdout
        assert "postgres  127.0.0.1:" in done.stdout
    finally:
        product.make("stop")
    assert product.alive() == []


def test_services_that_ran_before_are_left_running(product: Product) -> None:
    assert product.make("services").returncode == 0
    pid = _service_pids(product)["postgres"]
    try:
        run = product.start()
        wait_for(lambda: (product.data / "run" / "run.json").exists(), 20, product.screen_text)
        product.supervisor().terminate()
        run.wait(timeout=90)
        assert _lives(psutil.Process(pid))
    finally:
        product.make("stop")
    assert product.alive() == []


def _says_what_to_do_while_nothing_runs(product: Product) -> None:
    done = product.manage("migrate")
    assert done.returncode == 1
    assert done.stderr.strip().endswith(
        "PostgreSQL is not running: start it with `make run` or `make services` (or set DATABASE_URL)."
    )
    assert "Traceback" not in done.stderr


def _shows_addresses_and_log_ins(product: Product) -> None:
    screen = product.screen_text()
    for path in ("/console/", "/dashboard/", "/widget/demo/", "/demo/mail/", "/admin/"):
        assert product.address + path in screen
        assert product.status(path) == 200, path
    for role in ("admin", "supervisor", "agent", "agent2"):
        assert f"{role}@example.com" in screen
    assert "demo-password" in screen
    services = product.data / "run" / "services.json"
    assert stat.S_IMODE(services.stat().st_mode) == 0o600


def _refuses_a_second_run(product: Product) -> None:
    done = product.make("run")
    assert done.returncode != 0
    assert f"runs already at {product.address}" in done.stderr
    assert product.status("/readyz") == 200


def _serves_commands_under_any_python(product: Product) -> None:
    done = product.manage("shell", "-v0", "-c", CREATE)
    assert done.returncode == 0, done.stderr


def _heals_killed_programs(product: Product) -> None:
    for word in ("uvicorn", "worker"):
        _heals_a_killed(product, word)
    wait_for(lambda: product.status("/readyz") == 200, 30, product.screen_text)


def _heals_a_killed(product: Product, word: str) -> None:
    """With kill -9 the processes below a program are orphaned; they must go too, or they would keep its port."""
    program = product.program(word)
    below = program.children(recursive=True)
    program.kill()
    wait_for(lambda: _other_than(product, word, program), 15, product.screen_text)
    assert [process for process in below if _lives(process)] == []


def _heals_killed_services(product: Product) -> None:
    before = _service_pids(product)
    for pid in before.values():
        psutil.Process(pid).kill()
    wait_for(lambda: not before.items() & _service_pids(product).items(), 20, product.screen_text)
    wait_for(lambda: product.status("/readyz") == 200, 40, product.screen_text)


def _other_than(product: Product, word: str, before: psutil.Process) -> bool:
    try:
        return product.program(word).pid != before.pid
    except (AssertionError, psutil.Error):
        return False


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _service_pids(product: Product) -> dict[str, int]:
    state = json.loads((product.data / "run" / "services.json").read_text())
    return {kind: record["pid"] for kind, record in state["processes"].items()}
