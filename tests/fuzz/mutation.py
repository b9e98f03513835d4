"""Changes that get past a file's container: the members of an archive or a workbook change, and it is packed anew."""

import gzip
import io
import re
import tarfile
import zipfile
from collections.abc import Callable
from random import Random

Change = Callable[[bytes], bytes]
"""What changes bytes without knowing what they are."""

_MOST_UNPACKED = 1 << 22
_RAW = 0.1
"""Share of changes that know nothing of the form."""
_DEEP, _OFTEN, _LONGEST = 3000, 300, 1 << 16
_TOKEN = re.compile(rb"[A-Za-z_]+|\d+|\s+|[\x80-\xff]+|[^\w\s]", re.DOTALL)
_WORDS = [
    text.encode()
    for text in (
        "", "0", "-1", "1", "00", "1e999", "nan", "-inf", "0x10", "1.5", "1,234", "65536", "1048577", "2147483648",
        "9223372036854775808", "9" * 40, "9" * 5000, "XFD1048576", "AAAAAAAA1", "A0", "2026-02-30", "2026-13-01",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-01T08:15:00.123456789", "P99999999999D",
        "PT0S", "24:00:00", "60000", "25/06/2001", "\u0661\u0662", "\uff11\uff12", "\u00b2", "\u2028", "\u0000",
        "\ufeff", "\U0010ffff", "e\u0301", "\u202e", '"', "'", "\\", "\\ud800", "\\u0000", "{", "}", "[", "]", "<", ">",
        "</", "/>", "<?pi x?>", "<!-- -->", "<![CDATA[x]]>", "&amp;", "&x;", "&#0;", "&#xd800;", "<!DOCTYPE x>",
        "null", "true", "{}", "[]", "[{}]", "*", "?", ":", "---\n", "&a ", "*a", "<<: ", "!!python/name:x", "|\n", "=",
        "=1+1", "#REF!", "%", "°", "GB", "dBm", "\t", "\n", "\r", "\r\n", ",", ";", "../", "/", "C:\\", "站",
    )
] + [b"\xff", b"\x80", b"\xed\xa0\x80", "站".encode("gb18030")]  # fmt: skip


def mutated(data: bytes, random: Random, change: Change) -> bytes:
    """Return a file that differs from a valid one.

    Parameters
    ----------
    data
        A file of any kind.
    random
        Makes every choice, so that the same choices can be made again.
    change
        Changes the bytes of what has no known structure.
    """
    form = next((form for form, is_it in _FORMS.items() if is_it(data)), _changed_text)
    try:
        return change(data) if random.random() < _RAW else form(data, random, change)
    except Exception:  # noqa: BLE001 - an archive that was damaged before can break its library in any way
        return change(data)


def flipped(random: Random) -> Change:
    """Return a change of a few bytes: the way of the ordinary tests, where no fuzzer guides."""

    def change(data: bytes) -> bytes:
        found = bytearray(data)
        for _ in range(random.randint(1, 6)):
            at = random.randrange(len(found) + 1)
            match random.randrange(4):
                case 0:
                    del found[at : at + random.choice([1, 4, 64])]
                case 1:
                    found[at:at] = random.randbytes(random.choice([1, 4, 8]))
                case 2:
                    found[at : at + 4] = random.choice([b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff", b"\0\0\0\0"])
                case _ if at < len(found):
                    found[at] ^= 1 << random.randrange(8)
        return bytes(found)

    return change


def _gzipped(data: bytes, random: Random, change: Change) -> bytes:
    with gzip.open(io.BytesIO(data)) as stream:
        return gzip.compress(mutated(stream.read(_MOST_UNPACKED), random, change), mtime=0)


def _zipped(data: bytes, random: Random, change: Change) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        members = {entry.filename: package.open(entry).read(_MOST_UNPACKED) for entry in package.infolist()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in _changed(members, random, change):
            package.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _tarred(data: bytes, random: Random, change: Change) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(data)) as package:
        members = {entry.name: getattr(package.extractfile(entry), "read", bytes)() for entry in package}
    packed = io.BytesIO()
    form = random.choice([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
    with tarfile.open(fileobj=packed, mode="w", format=form, errors="surrogateescape") as package:
        for name, content in _changed(members, random, change):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.type = random.choice([tarfile.REGTYPE] * 20 + [tarfile.SYMTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE])
            package.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _changed(members: dict[str, bytes], random: Random, change: Change) -> list[tuple[str, bytes]]:
    found = list(members.items())
    at = random.randrange(len(found))
    name, content = found[at]
    match random.randrange(20):
        case 0:
            del found[at]
        case 1:
            found.append(found[at])
        case 2:
            found[at] = _by_tokens(name.encode(), random).decode(errors="surrogateescape"), content
        case _:
            found[at] = name, mutated(content, random, change)
    return found


def _changed_text(data: bytes, random: Random, change: Change) -> bytes:
    return change(data) if b"\0" in data[:512] or random.random() < _RAW else _by_tokens(data, random)


def _by_tokens(data: bytes, random: Random) -> bytes:
    tokens = _TOKEN.findall(data) or [b""]
    for _ in range(random.choice([1, 1, 1, 2, 3, 8])):
        start = random.randrange(len(tokens))
        end = start + random.choice([1, 1, 2, 8, 40])
        match random.randrange(12):
            case 0 | 1 | 2 | 3:
                tokens[start:end] = [random.choice(_WORDS)]
            case 4 | 5:
                tokens.insert(start, random.choice(_WORDS))
            case 6 | 7:
                del tokens[start:end]
            case 8:
                tokens[start:start] = tokens[start:end] * random.choice([1, 1, 1, 2, _OFTEN])
            case 9:
                other = random.randrange(len(tokens))
                tokens[start:end], tokens[other : other + 1] = tokens[other : other + 1], tokens[start:end]
            case 10:
                tokens[start] = random.choice(tokens)
            case _:
                tokens[start] *= min(random.choice([2, 2, 2, _DEEP]), 1 + _LONGEST // (len(tokens[start]) + 1))
        tokens = tokens or [b""]
    whole = b"".join(tokens)
    if random.random() < 0.03:
        text = whole.decode(errors="replace")
        return text.encode(random.choice(["gb18030", "utf-16", "utf-8-sig"]), errors="replace")
    return whole


_FORMS: dict[Callable[[bytes, Random, Change], bytes], Callable[[bytes], bool]] = {
    _zipped: lambda data: data.startswith(b"PK\x03\x04"),
    _gzipped: lambda data: data.startswith(b"\x1f\x8b"),
    _tarred: lambda data: data[257:262] == b"ustar",
}
