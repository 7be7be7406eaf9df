# One image for both halves: `python -m api` and `python -m worker`. Nothing is compiled; every wheel is locked by hash.
FROM python:3.13-slim AS packages
COPY requirements.lock /tmp/
RUN /usr/local/bin/python -m venv /opt/pith \
 && /opt/pith/bin/pip install --quiet --no-cache-dir --no-compile --require-hashes --only-binary :all: -r /tmp/requirements.lock \
 && rm -rf /opt/pith/lib/python3*/site-packages/pip /opt/pith/lib/python3*/site-packages/pip-* /opt/pith/bin/pip* \
 && find /opt/pith -name tests -type d -prune -exec rm -rf {} + \
 && /opt/pith/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/pith/lib

FROM python:3.13-slim
RUN groupadd --gid 10001 pith \
 && useradd --uid 10001 --gid pith --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin pith \
 && mkdir /data && chown pith:pith /data && chmod 700 /data
COPY --from=packages /opt/pith /opt/pith
WORKDIR /srv/pith
COPY LICENSE NOTICE* ./
COPY config config
COPY worker worker
COPY api api
# The containers run with a read-only root, so the code is compiled here. The modes are those of whoever cloned: some umasks let nobody else read.
RUN chmod -R a+rX . && /opt/pith/bin/python -m compileall -q --invalidation-mode unchecked-hash .
ENV PATH=/opt/pith/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
ARG REVISION=
LABEL org.opencontainers.image.title="Pith" org.opencontainers.image.licenses="Apache-2.0" org.opencontainers.image.revision=$REVISION
USER pith
EXPOSE 8000
CMD ["python", "-m", "api", "--host", "0.0.0.0", "--port", "8000", "--data", "/data"]
