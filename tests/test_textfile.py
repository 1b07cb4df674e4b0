"""Any bytes come back as they were, a write is all or nothing, and what is no text is refused in one line."""

from __future__ import annotations

import codecs
import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from restore.errors import InputError, SettingsError
from restore.textfile import SINGLE_BYTE, TextFile, decode, read_text_file, write_atomically

BOMS = (b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
LATIN = "The café in Zürich served crème brûlée; Señor Muñoz and François were naïve about the façade of Malmö.\r\n"
TYPOGRAPHIC = "The café\u2019s naïve “waiter” said — déjà vu \u2013 the crème brûlée was over. It\u2019s a résumé of the façade.\n"
#: With mac_roman among the candidates, 900 such lines are read as "cafÈís ìwaiterî".
QUOTED = "The café\u2019s “waiter” said — déjà vu.\n"

#: One to four bytes each in UTF-8. A list of their own, since all of Unicode costs Hypothesis three seconds on its first run.
LETTERS = "\0\n\r\x85ab\xe9\xff\u0441\u2028\ufeff\uffff\U00010348"
boms = st.sampled_from(BOMS)
encodings = st.sampled_from(["utf-16-le", "utf-32-be", "utf-8"])
any_bytes = st.one_of(
    st.binary(max_size=60),
    st.lists(st.integers(1, 255), max_size=60).map(bytes),
    st.builds(lambda bom, body: bom + body, boms, st.binary(max_size=40)),
    st.builds(lambda bom, text, encoding: bom + text.encode(encoding), boms, st.text(LETTERS, max_size=20), encodings),
    st.builds(lambda text, tail: text.encode("cp1252") + tail, st.text("éèü“—ab \r\n", max_size=60), st.binary(max_size=3)),
)


@given(any_bytes)
@settings(max_examples=100, deadline=None)
@example(b"")
@example(b"\xff\xfe")
@example(b"\xff\xfe\x00\x00")
@example(b"\xff\xfe\x00\xd8")  # a lone surrogate in UTF-16
@example(b"\xff\xfeA\x00B")  # UTF-16 that is cut off within a character
@example(b"\xff\xfeABC")
@example(b"\xef\xbb\xbf\xef\xbb\xbf\xff")
@example(b"\xed\xb2\x80")  # a surrogate encoded as if it were UTF-8
@example(bytes(range(1, 256)))
@example(b"a\x85b\x0bc\xe2\x80\xa8d\r\r\n\n")
def test_any_bytes_come_back_or_hold_a_nul(data: bytes) -> None:
    try:
        file = decode(data, "x")
    except InputError as error:
        assert b"\0" in data
        assert str(error) == f"x: binary file (NUL byte at offset {data.index(0)}); restore reads text"
    else:
        assert file.encode(file.text) == data
        assert file.encode(file.text + "war").startswith(data)


@pytest.mark.parametrize(
    ("bom", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_byte_order_mark_is_kept_out_of_the_text_and_given_back(bom: bytes, encoding: str) -> None:
    text = "naïve \U00010348 battle\r\n"
    file = decode(bom + text.encode(encoding), "x")
    assert (file.text, file.encoding, file.bom) == (text, encoding, bom)
    assert file.encode(text.replace("battle", "war")) == bom + text.replace("battle", "war").encode(encoding)


def test_plain_utf8_is_strict() -> None:
    assert decode("naïve — \U00010348".encode(), "x") == TextFile(None, "x", "naïve — \U00010348")


def test_line_ends_stay_in_the_text() -> None:
    mixed = b"a\r\nb\rc\nd\x0b\x0c\x1c\xc2\x85\xe2\x80\xa8e"
    assert decode(mixed, "x").text == "a\r\nb\rc\nd\x0b\x0c\x1c\x85\u2028e"


@pytest.mark.parametrize(("text", "encoding"), [(LATIN, "latin-1"), (TYPOGRAPHIC, "cp1252"), (QUOTED, "cp1252")])
@pytest.mark.parametrize("times", [1, 900])
def test_single_byte_text_is_guessed(text: str, encoding: str, times: int) -> None:
    data = (text * times).encode(encoding)
    file = decode(data, "x")
    assert file.text == text * times
    assert file.encoding in SINGLE_BYTE
    assert file.encode(file.text.replace("was", "is")) == data.replace(b"was", b"is")


def test_the_sample_lies_where_the_undecodable_bytes_are() -> None:
    assert decode(b"plain English\n" * 10_000 + LATIN.encode("latin-1"), "x").text.endswith(LATIN)


def test_a_guess_that_does_not_hold_outside_the_sample_is_not_taken() -> None:
    data = TYPOGRAPHIC.encode("cp1252") + b"plain English\n" * 10_000 + b"\x81"  # cp1252 has no 0x81
    file = decode(data, "x")
    assert file.encoding != "cp1252"
    assert file.encode(file.text) == data


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"caf\xe9 au lait", "caf\udce9 au lait"),
        (b"cut off: \xf0\x9d\x92", "cut off: \udcf0\udc9d\udc92"),
        ("naïve café, ".encode() * 9 + "naïve café, ".encode("latin-1") * 4, "naïve café, " * 9 + "na\udcefve caf\udce9, " * 4),
        (codecs.BOM_UTF8 + LATIN.encode("latin-1"), LATIN.encode("latin-1").decode("utf-8", "surrogateescape")),
    ],
    ids=["one byte", "cut off", "mostly UTF-8", "UTF-8 mark"],
)
def test_undecodable_bytes_in_utf8_are_escaped(data: bytes, text: str) -> None:
    file = decode(data, "x")
    assert (file.text, file.encoding, file.errors) == (text, "utf-8", "surrogateescape")
    assert file.encode(text) == data


def test_an_edit_the_encoding_has_no_place_for_is_refused() -> None:
    file = decode(TYPOGRAPHIC.encode("cp1252"), "old.txt")
    with pytest.raises(InputError, match=r"^old\.txt: cannot be written in cp1252, which has no '\\u03c0' \(character 2\); convert the file to UTF-8 first$"):
        file.encode("a π")


def test_charset_normalizer_is_imported_only_for_a_guess() -> None:
    code = r"import sys; from restore.textfile import decode; decode(b'caf\xe9', 'x'); sys.exit('charset_normalizer' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_read_keeps_path_and_name(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"war\r\n")
    assert read_text_file(path) == TextFile(path, str(path), "war\r\n")


def test_read_refuses_what_is_no_text_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as folder:
        read_text_file(tmp_path)
    assert str(folder.value) == f"{tmp_path}: is a folder; use 'restore corpus IN OUT' for folders"
    with pytest.raises(InputError, match="no such file; check the path"):
        read_text_file(tmp_path / "missing")
    with pytest.raises(InputError, match="cannot read the file"):
        read_text_file(tmp_path / ("x" * 300))
    binary = tmp_path / "b"
    binary.write_bytes(b"PK\x03\x00")
    with pytest.raises(InputError, match="binary file \\(NUL byte at offset 3\\)"):
        read_text_file(binary)


def test_read_says_permission_denied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(InputError, match=r"cannot read the file \(Permission denied\); check who may read it"):
        read_text_file(tmp_path / "a.txt")


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o666])
def test_write_keeps_the_mode_bits(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"battle")
    path.chmod(mode)
    write_atomically(path, b"war")
    assert path.read_bytes() == b"war"
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_follows_the_umask(tmp_path: Path) -> None:
    plain, written = tmp_path / "plain", tmp_path / "written"
    plain.write_bytes(b"")
    write_atomically(written, b"")
    assert written.stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("call", ["write", "fsync", "replace", "close"])
@pytest.mark.parametrize("existing", [True, False])
def test_a_full_disk_leaves_the_original_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, existing: bool) -> None:
    path = tmp_path / "a.txt"
    if existing:
        path.write_bytes(b"battle")
    real_close = os.close

    def full(*arguments: object) -> None:
        if call == "close":
            real_close(arguments[0])  # type: ignore[arg-type]
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(InputError) as caught:
            write_atomically(path, b"war")
    assert str(caught.value) == f"{path}: cannot write the file (No space left on device); nothing was changed"
    assert {entry: entry.read_bytes() for entry in tmp_path.iterdir()} == ({path: b"battle"} if existing else {})


def test_an_interrupt_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a.txt", b"war")
    assert not list(tmp_path.iterdir())


def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_write = os.write
    monkeypatch.setattr(os, "write", lambda handle, rest: real_write(handle, rest[:3]))
    write_atomically(tmp_path / "a.txt", b"0123456789")
    assert (tmp_path / "a.txt").read_bytes() == b"0123456789"


def test_a_symlink_stays_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "a.txt", tmp_path / "link.txt"
    target.write_bytes(b"battle")
    link.symlink_to(target)
    write_atomically(link, b"war")
    assert link.is_symlink()
    assert target.read_bytes() == b"war"
    assert set(tmp_path.iterdir()) == {tmp_path / "real", link}


def test_write_refuses_loops_folders_and_devices(tmp_path: Path) -> None:
    loop, pipe = tmp_path / "loop", tmp_path / "pipe"
    loop.symlink_to(loop)
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="cannot write the file"):
        write_atomically(loop, b"war")
    with pytest.raises(SettingsError, match="is a folder"):
        write_atomically(tmp_path, b"war")
    with pytest.raises(InputError, match="is not a regular file"):
        write_atomically(pipe, b"war")
    with pytest.raises(InputError, match="cannot write the file"):
        write_atomically(tmp_path / "missing" / "a.txt", b"war")
    assert set(tmp_path.iterdir()) == {loop, pipe}


def test_a_write_protected_file_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"battle")
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anything, so a mode of 0o444 would test nothing
    with pytest.raises(InputError, match="is write-protected"):
        write_atomically(path, b"war")
    assert path.read_bytes() == b"battle"
