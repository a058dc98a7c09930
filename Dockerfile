# Two images from one file:
#   docker build --target bot .        the bot: no torch, about 200 MB
#   docker build --target worker .     generation and training, with torch
# torch comes from the package index that pip uses anyway: on PyPI that is the CUDA build, which runs on CPUs too.
# For the much smaller CPU build, give PyTorch's index of CPU wheels: --build-arg TORCH_INDEX=URL

FROM python:3.11-slim AS base
ENV PATH=/app/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GREENBEARD_HOME=/data
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin greenbeard \
 && mkdir -p /app /data \
 && chown greenbeard /data
WORKDIR /app

# Dependencies before the source, so that a change of the source reuses their layers.
FROM base AS bot-packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /app/venv
COPY pyproject.toml constraints.txt ./
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" > bot.txt \
 && pip install --requirement bot.txt --constraint constraints.txt

FROM bot-packages AS worker-packages
ARG TORCH_INDEX=
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['worker'], sep='\n')" > worker.txt \
 && pip install --requirement worker.txt --constraint constraints.txt ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"}

FROM bot-packages AS bot-build
COPY . .
RUN pip install --no-deps .

FROM worker-packages AS worker-build
COPY . .
RUN pip install --no-deps .

FROM base AS bot
COPY --from=bot-build /app/venv /app/venv
USER greenbeard
VOLUME /data
ENTRYPOINT ["greenbeard"]
CMD ["bot"]

FROM base AS worker
COPY --from=worker-build /app/venv /app/venv
USER greenbeard
VOLUME /data
ENTRYPOINT ["greenbeard"]
CMD ["worker"]
