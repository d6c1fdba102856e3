# One image, five roles: the command decides (see docker-compose.yml). DEBUG is off and stays off.

FROM python:3.13.9-slim-trixie AS dependencies
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/environment
COPY requirements/production.txt /tmp/production.txt
RUN /opt/environment/bin/pip install --require-hashes --requirement /tmp/production.txt


FROM python:3.13.9-slim-trixie AS application
ENV PATH=/opt/environment/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=contactcentre.settings \
    DEBUG=0 \
    STATIC_ROOT=/opt/static \
    MEDIA_ROOT=/var/lib/contactcentre/media \
    DATA_DIR=/var/lib/contactcentre
# A fixed id: volumes keep their owner over rebuilds.
RUN groupadd --gid 10001 contactcentre \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/contactcentre contactcentre \
    && mkdir -p /opt/static /var/lib/contactcentre/media /var/lib/contactcentre/beat \
    && chown -R contactcentre:contactcentre /var/lib/contactcentre
COPY --from=dependencies /opt/environment /opt/environment
WORKDIR /app
COPY . /app
RUN DEBUG=1 python scripts/catalogues.py compile
# Names and compresses the static files. The settings insist on their variables: these values live in this step alone.
RUN SECRET_KEY=only-while-the-image-is-built-0123456789abcdef \
    SECRETS_KEYS=b25seS13aGlsZS10aGUtaW1hZ2UtaXMtYnVpbHQtMDA= \
    DATABASE_URL=postgresql://build/build REDIS_URL=redis://build/0 EMAIL_URL=smtp://build:25 \
    ALLOWED_HOSTS=build BASE_URL=http://build METRICS_TOKEN=build \
    python manage.py collectstatic --noinput
USER contactcentre
EXPOSE 8000 2525
HEALTHCHECK --interval=20s --timeout=15s --start-period=40s --retries=3 CMD ["python", "deploy/health.py", "web"]
CMD ["uvicorn", "contactcentre.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--ws-max-size", "2097152", "--ws-ping-interval", "8", "--ws-ping-timeout", "10", \
     "--ws-per-message-deflate", "false", "--no-access-log", "--timeout-graceful-shutdown", "10"]
