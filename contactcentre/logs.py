"""Structured logs: every line carries its request's or task's id, and none carries what people wrote."""

from __future__ import annotations

import sys
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer

# A person follows the local log: the ticks of every few seconds would bury what they look for.
_TICKING_LOGGERS = (
    "celery.worker.strategy",
    "celery.app.trace",
    "celery.beat",
    "django_structlog.celery.receivers",
    "django_structlog.celery.steps",
)


def logging_config(log_format: str, *, level: str, local: bool) -> dict[str, Any]:
    """Django's LOGGING: everything to stderr, as JSON (`log_format` "json") or for people."""
    quiet = {name: {"level": "WARNING"} for name in _TICKING_LOGGERS} if local else {}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*_COMMON, _time()],
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(log_format)],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.server": {"level": "WARNING"},
            "django.request": {"level": "CRITICAL"},  # RequestLog says the same, without keys that stand in addresses
            "mail.log": {"level": "WARNING"},
            **quiet,
        },
    }


def configure_structlog() -> None:
    """Lines written through structlog take the same way as those of the standard library's loggers."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_COMMON,
            structlog.stdlib.PositionalArgumentsFormatter(),
            _time(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


_COMMON: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
]


def _time() -> Any:
    return structlog.processors.TimeStamper(fmt="iso", utc=True)


def _renderers(log_format: str) -> list[Any]:
    """Tracebacks without local variables: those are passwords and what customers wrote."""
    if log_format == "json":
        tracebacks = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
        return [tracebacks, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
