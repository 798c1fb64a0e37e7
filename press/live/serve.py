"""A server of the rendered site on this machine alone, whose browsers keep what cannot change."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from press.live.site import FOLDER

HOST, PORT = "127.0.0.1", 8000
_TYPES = {".wasm": "application/wasm", ".mjs": "text/javascript", ".gz": "application/gzip"}


class Handler(SimpleHTTPRequestHandler):
    """Serves files; browsers may keep those of the runtime, which are named by their content."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | _TYPES

    def end_headers(self) -> None:
        """Say how long a file may be kept."""
        kept = self.path.startswith(f"/{FOLDER}/")
        age = "public, max-age=31536000, immutable" if kept else "no-cache"
        self.send_header("Cache-Control", age)
        super().end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing for each request."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """Send a file; a page that was left while it loaded is no fault."""
        with contextlib.suppress(ConnectionError):
            super().copyfile(source, outputfile)


def server(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """Return a server of `folder` on this machine; port 0 takes any that is free."""
    return ThreadingHTTPServer((HOST, port), functools.partial(Handler, directory=str(folder)))


def serve(folder: Path, port: int, tell: Callable[[str], object]) -> None:
    """Serve a folder until interrupted."""
    with server(folder, port) as running:
        tell(f"serving {folder} on http://{HOST}:{running.server_address[1]} (Ctrl-C ends it)")
        with contextlib.suppress(KeyboardInterrupt):
            running.serve_forever()
