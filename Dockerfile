# The book in a container: built at paper scale, checked like everywhere, then served by itself.
#   docker build -t w2s-book .                          (--build-arg PROFILE=smoke for the quick one)
#   docker run --rm -p 127.0.0.1:8000:8000 w2s-book     (http://127.0.0.1:8000)
#   docker build --target build -t w2s-lab .            (the checkout with its environment)
FROM debian:bookworm-slim@sha256:88200866dfff7ea7f5cbcb6ec7c8a701889efe6fe859fe64d6990e4b07ea4171 AS build
# Debian keeps one version of a package a release: the lock file pins what decides the numbers.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates make python3 python3-venv \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 1000 reader
USER 1000
WORKDIR /home/reader/book
# The environment is a layer of its own, made again only when the lock changes.
COPY --chown=reader:reader pyproject.toml requirements.lock README.md LICENSE Makefile ./
COPY --chown=reader:reader w2s/__init__.py w2s/__init__.py
RUN make .venv/.ready
COPY --chown=reader:reader . .
ARG PROFILE=paper
RUN make book PROFILE="$PROFILE"

FROM debian:bookworm-slim@sha256:88200866dfff7ea7f5cbcb6ec7c8a701889efe6fe859fe64d6990e4b07ea4171
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends python3 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 1000 reader
USER 1000
COPY --from=build /home/reader/book/_build/html /srv/book
EXPOSE 8000
CMD ["python3", "-m", "http.server", "--directory", "/srv/book", "8000"]
