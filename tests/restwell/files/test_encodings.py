"""JSON in Unicode's other encodings and with marks, and what is refused of it; csv: test_separated.py."""

import json
from pathlib import Path

import pytest

from restwell.files import UnreadableFile, import_rows
from tests.restwell.files.declared import PACKAGES, rows_of, store_of, write_to

ROWS = [{"name": "a", "version": "\u00e9\U0001f40d"}, {"name": "b"}]
TEXTS = {
    "a.json": json.dumps({"packages": ROWS}, ensure_ascii=False),
    "a.ndjson": "".join(f"{json.dumps(row, ensure_ascii=False)}\r\n" for row in ROWS),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("name", TEXTS)
def test_a_mark_says_the_encoding(sqlite_url: str, tmp_path: Path, name: str, encoding: str) -> None:
    with store_of(sqlite_url, PACKAGES) as store:
        assert import_rows(store, PACKAGES, write_to(tmp_path / name, TEXTS[name].encode(encoding))) == (2, 0)
        assert rows_of(store) == ROWS


def test_many_records_in_utf_16_are_all_read(sqlite_url: str, tmp_path: Path) -> None:
    text = "".join(f'{{"name": "p{number}", "version": "\U0001f40d"}}\n' for number in range(20_000))
    with store_of(sqlite_url, PACKAGES) as store:
        assert import_rows(store, PACKAGES, write_to(tmp_path / "a.ndjson", text.encode("utf-16"))) == (20_000, 0)


def test_the_end_of_a_file_of_dos_is_not_a_record(sqlite_url: str, tmp_path: Path) -> None:
    with store_of(sqlite_url, PACKAGES) as store:
        assert import_rows(store, PACKAGES, write_to(tmp_path / "a.ndjson", '{"name": "a"}\r\n\x1a')).rows == 1


@pytest.mark.parametrize("name", TEXTS)
def test_utf_16_without_a_mark_is_refused_with_the_remedy(sqlite_url: str, tmp_path: Path, name: str) -> None:
    content = TEXTS[name].encode("utf-16-le")
    with store_of(sqlite_url, PACKAGES) as store, pytest.raises(UnreadableFile, match=r"UTF-16 .* Save it in UTF-8"):
        import_rows(store, PACKAGES, write_to(tmp_path / name, content))


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("a.json", "", "The file is empty"),
        ("a.json", TEXTS["a.ndjson"], "or named .ndjson if each line is an object"),
        ("a.ndjson", TEXTS["a.json"].replace("[", "[\n"), "name it .json"),
        ("a.ndjson", '{\n"packages": []}', "name it .json"),
        ("a.ndjson", '[{"name": "a"}]', "name it .json"),
        ("a.json", "name,version\na,b\n", "has to be"),
    ],
)
def test_what_the_name_does_not_say_is_refused_with_the_other_name(
    sqlite_url: str, tmp_path: Path, name: str, content: str, message: str
) -> None:
    with store_of(sqlite_url, PACKAGES) as store, pytest.raises(UnreadableFile, match=message):
        import_rows(store, PACKAGES, write_to(tmp_path / name, content))
