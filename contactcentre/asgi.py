"""One ASGI application: websockets routed by Channels, pages and API by Django in a fixed pool of threads.

Django's own ASGI handler runs each synchronous view in a new thread, and a database connection belongs to its
thread: every request would open one. The pool's threads keep theirs (docs/adr/003-pages-in-a-thread-pool.md).
"""

from __future__ import annotations

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcentre.settings")

from contactcentre.wsgi import application as wsgi_application  # isort: skip  # sets Django up before models load

from a2wsgi import WSGIMiddleware
from channels.routing import ProtocolTypeRouter, URLRouter

from contactcentre.sockets import websocket_urls

THREADS = 16

application = ProtocolTypeRouter(
    {
        "http": WSGIMiddleware(wsgi_application, workers=THREADS),  # type: ignore[arg-type]  # a2wsgi types bytes only
        "websocket": URLRouter(websocket_urls),
    }
)

# What was loaded so far stays for good: without it the collector would look through half a million objects again and
# again, and hold up every socket for a tenth of a second each time.
gc.collect()
gc.freeze()
