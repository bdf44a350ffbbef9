# The bot on a slim base: dependencies by hash in one stage, the packages alone in the other.
FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements/local.txt requirements/local.txt
RUN python -m venv /opt/resilience \
 && /opt/resilience/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/local.txt
COPY bot bot
COPY checks checks
COPY control_plane control_plane
COPY healing healing
COPY schemas schemas
COPY examples examples
RUN /opt/resilience/bin/python -m compileall -q /opt/resilience/lib bot checks control_plane healing schemas

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 resilience && mkdir /data && chown resilience /data
COPY --from=build /opt/resilience /opt/resilience
COPY --from=build /build /app
COPY app_manifest.yaml resilience.yaml /app/
WORKDIR /app
RUN printf '#!/bin/sh\ncd /app && exec python -m bot "$@"\n' > /usr/local/bin/resilience && chmod 755 /usr/local/bin/resilience
USER resilience
ENV PATH=/opt/resilience/bin:$PATH PYTHONDONTWRITEBYTECODE=1 RESILIENCE_HOME=/data HOST=0.0.0.0 PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:%s/healthz' % os.environ['PORT'], timeout=2)"]
CMD ["python", "-m", "bot", "serve"]
