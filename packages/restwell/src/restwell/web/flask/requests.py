"""Flask's request as ours: its hooks may have read the content before, and may want to read it after."""

from __future__ import annotations

import io
import logging

from flask.wrappers import Request as FlaskRequest
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from ...http.messages import Readable, Request
from ...http.problems import ContentTooLarge, ServerError
from ..wsgi import request_of

log = logging.getLogger("restwell")
_LIMIT = FlaskRequest.max_content_length
USED_UP = (
    "The application has read the content of this request without keeping it. Where it looks at the content before "
    "us, let it call request.get_data() or request.get_json(), which keep it."
)


class KeptContent:
    """The content of a request of Flask's: what its hooks have kept of it, or else what comes in."""

    def __init__(self, request: FlaskRequest) -> None:
        self._request = request
        self._source: Readable | None = None
        self._parts: list[bytes] = []
        self._is_first = False

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes more. Raises Problem when a hook has used them up."""
        if self._source is None:
            self._source = self._open()
        part = self._source.read(size)
        if self._is_first:
            self._parts.append(part)
        return part

    def give_back(self) -> None:
        """Put what was read from the server back, for hooks that come after."""
        if self._parts:
            self._request.environ["wsgi.input"] = io.BytesIO(b"".join(self._parts))

    def _open(self) -> Readable:
        request = self._request
        if "stream" not in request.__dict__:  # a cached property: nobody has asked for it
            self._is_first = True
            stream: Readable = request.environ["wsgi.input"]
            return stream
        try:
            content = request.get_data()
        except ClientDisconnected:
            return io.BytesIO()
        except RequestEntityTooLarge as error:
            raise ContentTooLarge(
                f"Send at most {request.max_content_length} bytes: "
                "the application's MAX_CONTENT_LENGTH allows no more."
            ) from error
        if len(content) < (request.content_length or 0):
            log.error("%s %s: %s", request.method, request.path, USED_UP)
            raise ServerError(USED_UP)
        return io.BytesIO(content)


def message_of(request: FlaskRequest, content: KeptContent, prefix: str, path: str) -> Request:
    """The request of Flask's for an API below `prefix`; `path` is relative to that."""
    # Its other part, the setting, is known (`Setting.max_content`), and slow to ask for.
    is_flasks = type(request).max_content_length is _LIMIT
    limit = request._max_content_length if is_flasks else request.max_content_length  # noqa: SLF001 - see above
    return request_of(request.environ, prefix, path, content, limit)
