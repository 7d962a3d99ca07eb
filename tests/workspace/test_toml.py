"""Each key of a valid file has its position, whatever stands around it; invalid files are errors with theirs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import ConfigError
from publisher.workspace.toml import parse_toml, read_toml

PATH = Path("publisher.toml")
# Values and comments that look like keys and tables.
VALUES = st.sampled_from(
    [
        *("1", "-0.5", "true", "1979-05-27T07:32:00-08:00", "1979-05-27 07:32:00", "[]", "{}"),
        *('"a = 1 # [b]\\""', "'[a]\\'", "''", '"""x"""""'),
        *('"""\na = 1\n[b]\n\\""" ""\\""""', "'''\na = 1\n[b]'''", "[\n1, # a = 1\n[2,], {a = 1}]"),
    ]
)
QUOTED = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=4)
KEYS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True),
    QUOTED.map(lambda name: json.dumps(name, ensure_ascii=False)),
)
SPACES = st.sampled_from(["", " ", "\t "])


@given(st.data())
def test_every_key_has_its_position(data: st.DataObject) -> None:
    text, expected = "", {}
    names = data.draw(st.lists(KEYS, max_size=6, unique_by=lambda key: json.loads(key) if key[0] == '"' else key))
    table: tuple[str, ...] = ()

    def place() -> tuple[int, int]:
        return text.count("\n") + 1, len(text) - text.rfind("\n")

    for name in names:
        key = json.loads(name) if name[0] == '"' else name
        kind = data.draw(st.sampled_from(["pair", "dotted", "inline", "table"]))
        text += data.draw(st.sampled_from(["", "\n", "# a = 1\n", "\r\n"])) + data.draw(SPACES)
        if kind == "table":
            text += "["
            table = ()
        expected[(*table, key)] = place()
        text += name + data.draw(SPACES)
        if kind == "table":
            table = (key,)
            text += "]\n"
            continue
        if kind == "dotted":
            text += "."
            expected[(*table, key, "inner")] = place()
            text += "inner"
        if kind == "inline":
            text += " = { "
            expected[(*table, key, "inner")] = place()
            text += f"inner = {data.draw(VALUES)} }}\n"
        else:
            text += f" = {data.draw(VALUES)}\n"
    file = parse_toml(text, PATH)
    assert {key: file.position(*key) for key in expected} == expected


def test_invalid_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^publisher\.toml:2:5: not valid TOML: Invalid value$"):
        parse_toml("a = 1\nb = \n", PATH)
    for text in ("a = " + "[" * 400 + "]" * 400, "a = " + "[" * 5000):
        try:
            parse_toml(text, PATH)
        except ConfigError as error:
            assert "not valid TOML" in str(error)
    with pytest.raises(ConfigError, match="not a regular file"):
        read_toml(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_toml(tmp_path / "none.toml")


def test_an_error_without_a_position() -> None:
    assert str(parse_toml("", PATH).error("no key")) == "publisher.toml: no key"
