FROM python:3.12-slim

RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        gcc libc6-dev libmariadb-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY pyproject.toml README.md LICENSE ./
COPY dashboard dashboard
COPY migration_console migration_console
COPY manage.py ./
RUN pip install --no-cache-dir ".[mysql]" \
    && useradd --create-home console \
    && chown console /app
USER console

ENV DJANGO_SETTINGS_MODULE=migration_console.settings
EXPOSE 8000
