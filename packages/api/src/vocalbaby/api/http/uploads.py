"""The files of a request, parsed while they arrive; kept in memory, or written to a file."""

import codecs
import math
import re
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, cast

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from vocalbaby.api.http import parameters
from vocalbaby.api.http.forms import split_form
from vocalbaby.api.upload import ARCHIVE_HINT, RECORDING_HINT, Upload
from vocalbaby.exception import RequestError, TooManyFilesError, UnsupportedMediaTypeError
from vocalbaby.utils.wording import counted

__all__ = ["FILE_FIELDS", "read_archive", "read_uploads", "stream_upload"]

#: Form fields that hold files.
FILE_FIELDS: Final = ("files", "file")

_TYPE: Final = b"content-type"
#: The header as nearly every client writes it; the general parser takes ten times as long.
_USUAL_FORM: Final = re.compile(rb"multipart/form-data; ?boundary=([A-Za-z0-9'_.-]+)")
_FORM: Final = b"multipart/form-data"
_BYTES: Final = b"application/octet-stream"
_ZIP: Final = (b"application/zip", b"application/x-zip-compressed")
_LONGEST_TYPE: Final = 1024
#: A form up to this size is read completely and then parsed by the fast path.
_QUICK_BYTES: Final = 256 * 2**10
_MAX_PARTS_BESIDE_FILES: Final = 100
#: Longest text of all fields beside a file that is written to disk.
_MAX_TEXT_BYTES: Final = 64 * 2**10
#: Encodings of names that are decoded in time with the square of their length.
_SLOW_CHARSETS: Final = frozenset({"idna", "punycode"})
_LONG_EXAMPLE: Final = "Send it as curl does: curl -F file=@day.wav …/segment"
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


async def stream_upload(request: Request, file: BinaryIO) -> str:
    """Write the one file of a request to a file while it arrives; returns its name.

    Raises:
        UnsupportedMediaTypeError: The body is neither a recording nor a form.
        TooManyFilesError: The form holds several files.
        RequestError: The form is malformed or holds no file.
        OSError: The file cannot be written.
    """
    kind, boundary = _content_type(request)
    if kind == _FORM:
        form = _StreamedForm(_form_headers(request, boundary), request.stream(), file)
        return (await _parse(form, boundary))[0].filename or ""
    if not kind.startswith(b"audio/") and kind != _BYTES:
        raise _unsupported(request, _LONG_EXAMPLE)
    async for chunk in request.stream():
        await run_in_threadpool(file.write, chunk)
    return ""


def _content_type(request: Request) -> tuple[bytes, bytes]:
    """The body's media type, and a form's boundary."""
    header = next((value for name, value in request.scope["headers"] if name == _TYPE), b"")
    if usual := _USUAL_FORM.fullmatch(header):
        return _FORM, usual[1]
    if len(header) > _LONGEST_TYPE:
        raise RequestError(
            f"The Content-Type is longer than {_LONGEST_TYPE} bytes.", hint="Send a shorter one."
        )
    kind, options = parameters.parse(header)
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
        found = split_form(b"".join(chunks), boundary)
        if found is not None and len(found) <= max_files:
            return [Upload(*file) for file in found]
    parser = _FormParser(_form_headers(request, boundary), _joined(chunks, stream), max_files)
    files = await _parse(parser, boundary)
    return [Upload(file.filename or "", await file.read()) for file in files]


def _form_headers(request: Request, boundary: bytes) -> Headers:
    """The content type of a form, with what the parser reads of it."""
    _, options = parameters.parse(request.headers.get("content-type", "").encode("latin-1"))
    charset = options.get(b"charset", b"utf-8").decode("latin-1")
    try:
        charset = codecs.lookup(charset).name
    except (LookupError, ValueError):
        charset = "latin-1"
    if charset in _SLOW_CHARSETS:
        charset = "latin-1"
    quoted = boundary.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    kind = b'multipart/form-data; charset=%b; boundary="%b"' % (charset.encode(), quoted)
    return Headers(raw=[(_TYPE, kind)])


async def _parse(parser: "_FormParser", boundary: bytes) -> list[UploadFile]:
    """The files of a form, of which there is at least one."""
    if not boundary:
        raise RequestError(
            "The Content-Type names no boundary.", hint="Let the client library set this header."
        )
    try:
        form = await parser.parse()
    except (MultiPartException, UnicodeError) as error:  # the latter from a strange charset
        reason = error.__cause__ or error
        raise RequestError(f"The form is malformed: {reason}.", hint=_EXAMPLE) from error
    if not parser.complete:
        raise RequestError("The form ends before its last boundary.", hint=_EXAMPLE)
    items = form.multi_items()
    files = [file for _, file in items if isinstance(file, UploadFile)]
    if not files:
        others = ", ".join(repr(field[:100]) for field, _ in items)
        found = f"only {others}" if others else "no field"
        raise RequestError(
            f"The form holds no file under 'files' ({found} was found).", hint=_EXAMPLE
        )
    for file in files:  # UTF-7 can hold lone surrogates, which no response can
        file.filename = (file.filename or "").encode(errors="replace").decode()
    return files


async def _joined(
    chunks: Iterable[bytes], stream: AsyncIterator[bytes]
) -> AsyncGenerator[bytes, None]:
    """The chunks of a body that have been read already, then the others."""
    for chunk in chunks:
        yield chunk
    async for chunk in stream:
        yield chunk


class _FormParser(MultiPartParser):
    """Starlette's form parser, which here stays in memory and refuses wrong fields at once."""

    def __init__(
        self, headers: Headers, stream: AsyncGenerator[bytes, None], max_files: int
    ) -> None:
        super().__init__(
            headers,
            stream,
            max_files=math.inf,  # counted below, for an error of our own
            max_fields=_MAX_PARTS_BESIDE_FILES,
            max_part_size=sys.maxsize,
        )
        self._limit = max_files
        self._files = 0
        self._text_bytes = 0
        self.complete = False

    def on_headers_finished(self) -> None:
        """Check a part before its content is read."""
        part = self._current_part
        _, options = parameters.parse(part.content_disposition or b"")
        if b"name" not in options:
            raise MultiPartException("a part has no name")
        part.field_name = self._decode(options[b"name"])
        name = parameters.file_name(options)
        if name is None:
            self._current_fields += 1
            if self._current_fields > self.max_fields:
                raise MultiPartException(f"it has more than {self.max_fields} fields of text")
        else:
            part.file = UploadFile(self._new_file(), filename=self._decode(name))
        if part.file is None and part.field_name in FILE_FIELDS:
            raise RequestError(
                f"The field {part.field_name!r} came as text, not as a file.",
                hint="With curl, write @ before the path: curl -F files=@clip.wav …/predict",
            )
        if part.file is not None and part.field_name not in FILE_FIELDS:
            raise RequestError(
                f"A file came under the field {part.field_name[:100]!r}.",
                hint="Name the field 'files'.",
            )
        self._files += 1 if part.file is not None else 0
        if self._files > self._limit:
            raise TooManyFilesError(
                f"The request has more than {counted(self._limit, 'file')}.",
                hint="Send them in several requests.",
            )

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """Take content of a file; text of other fields is only counted, as nothing uses it."""
        if self._current_part.file is not None:
            super().on_part_data(data, start, end)
            return
        self._text_bytes += end - start
        if self._text_bytes > self.max_part_size:
            limit = self.max_part_size // 2**10
            raise MultiPartException(f"its fields of text have more than {limit} KiB")

    def _new_file(self) -> BinaryIO:
        return cast("BinaryIO", SpooledTemporaryFile(sys.maxsize))  # stays in memory

    def _decode(self, text: bytes) -> str:
        try:
            return text.decode(self._charset)
        except (UnicodeDecodeError, LookupError):
            return text.decode("latin-1")

    def on_end(self) -> None:
        """Record that the last boundary has been read."""
        self.complete = True


class _StreamedForm(_FormParser):
    """Writes the content of the one file of a form to a file."""

    def __init__(
        self, headers: Headers, stream: AsyncGenerator[bytes, None], file: BinaryIO
    ) -> None:
        super().__init__(headers, stream, max_files=1)
        self.max_part_size = _MAX_TEXT_BYTES
        self._file = file

    def _new_file(self) -> BinaryIO:
        return self._file
