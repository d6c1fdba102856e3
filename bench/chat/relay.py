"""The yardstick: a Channels consumer that stores each message with one INSERT and sends it on to the agents' group.

No product code: its own settings, its own table, no checks, no numbers, no ack. What any chat on this stack must do at
least, as one would first write it.
"""

from __future__ import annotations

import os
from typing import Any, ClassVar

import environ
from django.conf import settings

settings.configure(
    DATABASES={"default": environ.Env.db_url_config(os.environ["DATABASE_URL"]) | {"CONN_MAX_AGE": 600}},
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [os.environ["REDIS_URL"]], "prefix": "bare-relay"},
        }
    },
    SECRET_KEY="signs nothing",
    USE_TZ=True,
)

import django  # noqa: E402

django.setup()

from channels.db import database_sync_to_async  # noqa: E402
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.urls import path  # noqa: E402

TABLE = "bare_relay_message"


class BareMessage(models.Model):
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        app_label = "bare_relay"
        db_table = TABLE

    def __str__(self) -> str:
        return str(self.pk)


def make_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.execute(f"CREATE TABLE {TABLE} (id bigserial PRIMARY KEY, text text, created_at timestamptz)")


class Visitor(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels ships no types
    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await database_sync_to_async(BareMessage.objects.create)(text=text_data)
        await self.channel_layer.group_send("agents", {"type": "relayed", "text": text_data})


class AgentSocket(AsyncWebsocketConsumer):  # type: ignore[misc]
    async def connect(self) -> None:
        await self.channel_layer.group_add("agents", self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard("agents", self.channel_name)

    async def relayed(self, event: dict[str, Any]) -> None:
        await self.send(event["text"])


application = ProtocolTypeRouter(
    {"websocket": URLRouter([path("visitor", Visitor.as_asgi()), path("agent", AgentSocket.as_asgi())])}
)

if __name__ == "__main__":
    make_table()
