"""Forms that are expensive to parse."""

from benchmarks.cost.sent import FORM, Kinds, Sent, clip, form, part, repeat

__all__ = ["FORMS"]

_FILE = b'name="files"; filename="a.wav"'
_LINE = 4000  # longest header of a part that the parser accepts


def _fields(disposition: bytes, size: int, *, content_type: str = FORM, most: int = 99) -> Sent:
    """As many parts with this header as the size and the limits allow, and a file."""
    one = part(disposition, b"")
    count = min(most, max(1, size // len(one)))
    return form(*[one] * count, part(_FILE, clip(0.4)), content_type=content_type)


def _files(disposition: bytes, size: int, *more: bytes) -> Sent:
    one = part(disposition, b"", *more)
    return form(*[one] * min(64, max(1, size // len(one))))


def _content(piece: bytes, size: int) -> Sent:
    return form(part(_FILE, repeat(piece, size)))


def _text(piece: bytes, size: int, charset: str = "utf-8") -> Sent:
    kind = f"{FORM}; charset={charset}"
    return form(part(b'name="x"', repeat(piece, size)), part(_FILE, clip(0.4)), content_type=kind)


def _quoted(piece: bytes) -> bytes:
    return b'name="' + repeat(piece, _LINE) + b'"'


FORMS: Kinds = {
    "form: clips of 0.4 s": lambda n: form(
        *[part(_FILE, clip(0.4))] * max(1, min(64, n // 13_000))
    ),
    "form: one file of zeros": lambda n: _content(b"\0", n),
    "form: one file of line ends": lambda n: _content(b"\r\n", n),
    "form: one file of returns": lambda n: _content(b"\r", n),
    "form: one file of almost boundaries": lambda n: _content(b"\r\n--", n),
    "form: one file of hyphens": lambda n: _content(b"-", n),
    "form: one file of other boundaries": lambda n: _content(b"\r\n--c", n),
    "form: text field": lambda n: _text(b"a", n),
    "form: text field of returns": lambda n: _text(b"\r", n),
    "form: text field, charset punycode": lambda n: _text(b"a-b9c", min(n, 2**18), "punycode"),
    "form: text field, charset idna": lambda n: _text(b"xn--a", min(n, 2**18), "idna"),
    "form: text field, charset utf-7": lambda n: _text(b"+2AA-", n, "utf-7"),
    "form: names, charset punycode": lambda n: _fields(
        b'name="' + repeat(b"a-b9c", _LINE) + b'"', n, content_type=f"{FORM}; charset=punycode"
    ),
    "form: semicolons in quotes": lambda n: _fields(_quoted(b";"), n),
    "form: quotes and semicolons": lambda n: _fields(_quoted(b'";'), n),
    "form: escaped quotes": lambda n: _fields(_quoted(b'\\"'), n),
    "form: backslashes": lambda n: _fields(_quoted(b"\\"), n),
    "form: equals signs": lambda n: _fields(b'name="x"; ' + repeat(b"=", _LINE), n),
    "form: parameters": lambda n: _fields(b'name="x"' + repeat(b"; a=b", _LINE), n),
    "form: semicolons in file names": lambda n: _files(
        b'name="files"; filename="' + repeat(b";", _LINE) + b'"', n
    ),
    "form: extended names": lambda n: _files(
        b"name=files; filename*=UTF-8''" + repeat(b"%C3%AF", _LINE), n
    ),
    "form: extended names without an end": lambda n: _files(
        b"name=files" + repeat(b";filename*=utf-8'", _LINE), n
    ),
    "form: spaces before an extended name": lambda n: _files(
        b"name=files;" + repeat(b" ", _LINE) + b"x", n
    ),
    "form: eight headers": lambda n: _files(_FILE, n, *[b"X: " + b"y" * _LINE] * 7),
    "form: bytes after the end": lambda n: Sent(
        "/predict", FORM, form(part(_FILE, clip(0.4))).body + repeat(b"\r\n--b", n)
    ),
    "form: bytes before the first boundary": lambda n: Sent(
        "/predict", FORM, repeat(b"\r\n", n) + form(part(_FILE, clip(0.4))).body
    ),
    "form: job, returns": lambda n: form(part(_FILE, repeat(b"\r", n)), path="/segment"),
    "form: job, semicolons in quotes": lambda n: _fields(_quoted(b";"), n)._replace(
        path="/segment"
    ),
    "form: archive of semicolons": lambda n: _fields(_quoted(b";"), n)._replace(
        path="/predict_zip"
    ),
}
