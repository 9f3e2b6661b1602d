"""The files of a request, parsed as they arrive, in memory only."""

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from vocalbaby.api.http.forms import split_form
from vocalbaby.api.upload import ARCHIVE_HINT, RECORDING_HINT, Upload
from vocalbaby.exception import RequestError, TooManyFilesError, UnsupportedMediaTypeError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

__all__ = ["FILE_FIELDS", "read_archive", "read_uploads"]

#: Names under which files are taken.
FILE_FIELDS: Final = ("files", "file")

_TYPE: Final = b"content-type"
#: As nearly every client writes it; the general parser takes ten times as long.
_USUAL_FORM: Final = re.compile(rb"multipart/form-data; ?boundary=([A-Za-z0-9'_.-]+)")
_FORM: Final = b"multipart/form-data"
_BYTES: Final = b"application/octet-stream"
_ZIP: Final = (b"application/zip", b"application/x-zip-compressed")
#: A form up to this size is read before it is parsed.
_QUICK_BYTES: Final = 256 * 2**10
_EXTENDED_NAME: Final = re.compile(
    rb";\s*filename\*=(utf-8|iso-8859-1)'[^']*'([^;\s]+)", re.IGNORECASE
)
_MAX_PARTS_BESIDE_FILES: Final = 100
_EXAMPLE: Final = "Send it as a browser or curl does: curl -F files=@clip.wav …/predict"


async def read_uploads(request: Request, *, max_files: int) -> list[Upload]:
    """All files of a request, in its order.

    A body of type ``audio/*`` or ``application/octet-stream`` is one file, called ``clip``.

    Raises:
        UnsupportedMediaTypeError: The body is neither that nor ``multipart/form-data``.
        TooManyFilesError: There are more than ``max_files``; raised at the first.
        RequestError: The form is malformed or holds no file.
    """
    kind, boundary = _content_type(request)
    if kind == _FORM:
        return await _read_form(request, boundary, max_files)
    if kind.startswith(b"audio/") or kind == _BYTES:
        return [Upload("clip", await _read_all(request))]
    raise _unsupported(request, ARCHIVE_HINT if kind in _ZIP else _EXAMPLE)


async def read_archive(request: Request) -> bytes:
    """The one archive of a request: the file of a form, or the body itself.

    Raises:
        UnsupportedMediaTypeError: The body is of another type than a form or a ZIP archive.
        TooManyFilesError: The form holds several files.
        RequestError: The form is malformed or holds no file.
    """
    kind, boundary = _content_type(request)
    if kind == _FORM:
        return (await _read_form(request, boundary, 1))[0].data
    if kind in _ZIP or kind == _BYTES:
        return await _read_all(request)
    hint = "Send it as curl does: curl -F file=@clips.zip …/predict_zip"
    raise _unsupported(request, RECORDING_HINT if kind.startswith(b"audio/") else hint)


def _content_type(request: Request) -> tuple[bytes, bytes]:
    """The body's media type, and a form's boundary."""
    header = next((value for name, value in request.scope["headers"] if name == _TYPE), b"")
    if usual := _USUAL_FORM.fullmatch(header):
        return _FORM, usual[1]
    kind, options = parse_options_header(header)
    return kind, options.get(b"boundary", b"")


def _unsupported(request: Request, hint: str) -> UnsupportedMediaTypeError:
    content_type = request.headers.get("content-type", "")
    named = f"of type {content_type[:100]!r}" if content_type else "without a type"
    return UnsupportedMediaTypeError(f"The request has a body {named}.", hint=hint)


async def _read_all(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
    return bytes(body)


async def _read_form(request: Request, boundary: bytes, max_files: int) -> list[Upload]:
    stream = request.stream()
    chunks, size = [], 0
    async for chunk in stream:
        chunks.append(chunk)
        size += len(chunk)
        if size > _QUICK_BYTES:
            break
    else:
        files = split_form(b"".join(chunks), boundary)
        if files is not None and len(files) <= max_files:
            return [Upload(*file) for file in files]
    if not boundary:
        raise RequestError(
            "The Content-Type names no boundary.", hint="Let the client set this header itself."
        )
    form = _Form(max_files)
    try:
        parser = MultipartParser(boundary, form.callbacks())
        for chunk in chunks:
            parser.write(chunk)
        async for chunk in stream:
            parser.write(chunk)
        parser.finalize()
    except FormParserError as error:
        raise RequestError(f"The form is malformed: {error}.", hint=_EXAMPLE) from error
    return form.finish()


class _Form:
    """Callbacks of the parser, and what they have gathered."""

    def __init__(self, max_files: int) -> None:
        self._max_files = max_files
        self._files: list[tuple[str, bytearray]] = []
        self._others: list[str] = []
        self._header = bytearray()
        self._value = bytearray()
        self._disposition = b""
        self._sink: bytearray | None = None
        self._complete = False

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._on_part_begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_part_data,
            "on_end": self._on_end,
        }

    def finish(self) -> list[Upload]:
        if not self._complete:
            raise RequestError("The form ends before its last boundary.", hint=_EXAMPLE)
        if not self._files:
            found = f"only {', '.join(map(repr, self._others))}" if self._others else "no field"
            raise RequestError(
                f"The form holds no file under 'files' ({found} was found).", hint=_EXAMPLE
            )
        return [Upload(name, bytes(data)) for name, data in self._files]

    def _on_part_begin(self) -> None:
        self._disposition = b""
        self._sink = None

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        field = _text(options.get(b"name", b""))
        name = options.get(b"filename", _extended_name(self._disposition))
        if name is not None and field in FILE_FIELDS:
            if len(self._files) >= self._max_files:
                raise TooManyFilesError(
                    f"There are more than {self._max_files} files in the request.",
                    hint="Send them in several requests.",
                )
            self._sink = bytearray()
            self._files.append((_text(name), self._sink))
            return
        if name is not None:
            raise RequestError(
                f"A file came under the field {field[:100]!r}.", hint="Name the field 'files'."
            )
        if field in FILE_FIELDS:
            raise RequestError(
                f"The field {field!r} came as text, not as a file.",
                hint="With curl, write @ before the path: curl -F files=@clip.wav …/predict",
            )
        self._others.append(field[:100])
        if len(self._others) > _MAX_PARTS_BESIDE_FILES:
            raise RequestError("The form has too many fields.", hint=_EXAMPLE)

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._sink is not None:
            self._sink += data[start:end]

    def _on_end(self) -> None:
        self._complete = True


def _extended_name(disposition: bytes) -> bytes | None:
    """The name in ``filename*=UTF-8''...`` (RFC 5987), which some clients send alone."""
    found = _EXTENDED_NAME.search(disposition)
    if found is None:
        return None
    name = unquote_to_bytes(found[2])
    return name if found[1].lower() == b"utf-8" else name.decode("latin-1").encode()


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
