r"""Text files as bytes in, text out and the same bytes back.

Every decoding here is reversible: ``decode(data, name)`` gives a ``TextFile`` whose ``encode(text)`` is ``data`` again, whatever the bytes were, so a
file of which only two words are edited differs in those two words alone. Line ends stay in the text as they are.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from restore.errors import InputError, SettingsError

#: Undecodable bytes that say nothing against UTF-8: one character of it that was cut off leaves at most 3 (RFC 3629: at most 4 bytes a character).
FEW = 3
#: Bytes shown to charset_normalizer, around the first undecodable one.
SAMPLE = 65_536
#: The single-byte encodings a guess may choose from: those of English with other Western words in it. Without this limit cp1250 wins every tie
#: with cp1252 (charset_normalizer 3.5), and mac_roman takes curly quotes of cp1252 for letters: tests/test_textfile.py has the line. A wrong guess
#: costs a letter in the view of the text, never a byte of the file.
SINGLE_BYTE = ("cp1252", "latin_1", "iso8859_15")
#: What happened and what to try when a file is wanted and a folder is given.
FOLDER = ("is a folder", "use 'restore corpus IN OUT' for folders")
#: UTF-32 stands first: its little-endian mark begins with that of UTF-16.
_WIDE_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ESCAPED = re.compile("[\udc80-\udcff]")
_MULTIBYTE = re.compile("[^\x00-\x7f\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class TextFile:
    """One input: its text without the byte order mark, and what it takes to turn text back into its bytes.

    ``path`` is None for standard input and for bytes that came from elsewhere; ``name`` is what errors call it. ``encoding`` and ``errors`` are
    arguments of ``str.encode``; with "surrogateescape" a byte that is no UTF-8 stands in the text as one character from U+DC80 to U+DCFF.
    """

    path: Path | None
    name: str
    text: str
    encoding: str = "utf-8"
    errors: str = "strict"
    bom: bytes = b""

    def encode(self, text: str) -> bytes:
        r"""The bytes of ``text`` in the encoding of this file; for the unchanged text exactly the bytes that were read.

        Raises InputError when the encoding has no place for a character, which only an edit can bring in.

        >>> file = decode(b"\xef\xbb\xbfthe cr\xc3\xa8me\r\n", "-")
        >>> file.encode(file.text.replace("the", "a"))
        b'\xef\xbb\xbfa cr\xc3\xa8me\r\n'
        """
        try:
            return self.bom + text.encode(self.encoding, self.errors)
        except UnicodeEncodeError as error:
            what = f"cannot be written in {self.encoding}, which has no {text[error.start]!a} (character {error.start})"
            raise InputError(self.name, what, "convert the file to UTF-8 first") from error


def read_text_file(path: Path) -> TextFile:
    """Read and decode one file. Raises SettingsError for a folder, InputError for a file that is missing, unreadable or binary."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(path, "no such file", "check the path") from error
    except OSError as error:
        if _is_folder(path):
            raise SettingsError(path, *FOLDER) from error
        hint = "check who may read it" if isinstance(error, PermissionError) else ""
        raise InputError(path, f"cannot read the file ({_reason(error)})", hint) from error
    return replace(decode(data, str(path)), path=path)


def decode(data: bytes, name: str) -> TextFile:
    r"""Decode bytes reversibly: by their byte order mark, else as UTF-8, else as a single-byte encoding when they look like one.

    Raises InputError for a NUL byte outside valid UTF-16 and UTF-32 and for the character U+0000 in these.

    >>> decode(b"cut off \xe2\x80", "-").text
    'cut off \udce2\udc80'
    """
    for bom, encoding in _WIDE_BOMS:
        text = _reversible(data[len(bom) :], encoding, "surrogatepass") if data.startswith(bom) else None
        if text is not None and "\0" not in text:
            return TextFile(None, name, text, encoding, "surrogatepass", bom)
    nul = data.find(b"\0")
    if nul >= 0:
        raise InputError(name, f"binary file (NUL byte at offset {nul})", "restore reads text")
    if data.startswith(codecs.BOM_UTF8):
        return _decode_utf8(data.removeprefix(codecs.BOM_UTF8), name, codecs.BOM_UTF8)
    return _decode_utf8(data, name, b"")


def write_atomically(path: Path, data: bytes) -> None:
    """Put ``data`` in place of the file at ``path``, or of the file its symlink points to, keeping the mode bits; a new file follows the umask.

    The bytes go to a temporary file beside it first, so at every moment the path holds either all of the old or all of the new. Owner, hard
    links and extended attributes are those of a new file. Raises InputError, with the original untouched and no temporary file left, when
    the disk is full, the file is write-protected or is no regular file; SettingsError for a folder.
    """
    try:
        mode = _replaceable_mode(path)
        _replace(path.resolve(), data, mode)
    except OSError as error:
        raise InputError(path, f"cannot write the file ({_reason(error)})", "nothing was changed") from error


def _decode_utf8(data: bytes, name: str, bom: bytes) -> TextFile:
    """UTF-8, strictly or with escapes; without a mark that vouches for UTF-8, many undecodable bytes are a reason to guess."""
    try:
        return TextFile(None, name, data.decode("utf-8"), bom=bom)
    except UnicodeDecodeError as error:
        first = error.start
    text = data.decode("utf-8", "surrogateescape")
    if not bom and not _is_nearly_utf8(text):
        for encoding in _guesses(data, first):
            guessed = _reversible(data, encoding, "strict")
            if guessed is not None:
                return TextFile(None, name, guessed, encoding)
    return TextFile(None, name, text, errors="surrogateescape", bom=bom)


def _is_nearly_utf8(escaped: str) -> bool:
    """Whether the undecodable bytes are few, or fewer than the characters that did decode from several bytes, which seldom happens by accident."""
    undecodable = len(_ESCAPED.findall(escaped))
    return undecodable <= FEW or undecodable < len(_MULTIBYTE.findall(escaped))


def _guesses(data: bytes, first: int) -> list[str]:
    """Single-byte encodings, likeliest first, from a sample around offset ``first``; empty when none makes sense."""
    from charset_normalizer import from_bytes  # 0.07 s to import, and few files need it

    start = max(0, first - SAMPLE // 2)
    matches = from_bytes(data[start : start + SAMPLE], cp_isolation=list(SINGLE_BYTE), enable_fallback=False)
    return [encoding for match in matches for encoding in match.could_be_from_charset if encoding in SINGLE_BYTE]


def _reversible(data: bytes, encoding: str, errors: str) -> str | None:
    """The text, if these bytes decode and encode to themselves again."""
    try:
        text = data.decode(encoding, errors)
        return text if text.encode(encoding, errors) == data else None
    except UnicodeError:
        return None


def _replaceable_mode(path: Path) -> int | None:
    """The mode bits of the file that is to be replaced, None when there is none yet."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise SettingsError(path, *FOLDER)
    if not stat.S_ISREG(mode):  # replacing /dev/null by a file, as root, would be remembered
        raise InputError(path, "is not a regular file", "redirect standard output instead")
    if not os.access(path, os.W_OK):  # the folder's permissions would allow the swap, but someone protected this file
        raise InputError(path, "is write-protected", "nothing was changed")
    return stat.S_IMODE(mode)


def _replace(target: Path, data: bytes, mode: int | None) -> None:
    temporary = target.with_name(f".restore-{os.urandom(8).hex()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(temporary, flags, 0o666 if mode is None else mode & 0o666)
    try:
        try:
            _write_all(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(target)
    except BaseException:  # Ctrl-C too must not leave the temporary file behind
        with suppress(OSError):
            temporary.unlink()
        raise


def _write_all(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _is_folder(path: Path) -> bool:
    """Asked after a read failed, since Windows calls a folder "permission denied"; asking may fail for the same reason as reading did."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
