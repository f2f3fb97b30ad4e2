"""Trees written as text: read again they are the same, whatever stands in them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netsim.spec.reading import read_yaml_text
from netsim.spec.writing import write_tree

WORDS = ["NO", "yes", "true", "null", "~", "", " x", "x ", "1", "-1.5", "1e5", "0x1f", "0o7", "012", "2026-01-05",
         "2026-01-05 10:00", "18:30", "tue,fri 20:00", "a: b", "a:", "a #b", "#a", "-", "- a", "->", "a -> b / road",
         "x, y", "[1]", "{a: b}", "it's", 'say "so"', "'s-Hertogenbosch", "5 %", "%", "@a", "`a`", "*a", "&a", "!a",
         "|", ">", "<<", "=", ".inf", ".NaN", "a?", "?", "? a", "München", "北京", "a\nb", "a\tb", "\u2028", "😀",
         "\U000e0001", "back\\slash", "mixed ' and \" marks", "country:MX"]  # fmt: skip
TEXTS = st.sampled_from(WORDS) | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
VALUES = TEXTS | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
KEYS = TEXTS.filter(lambda text: text != "")
TREES = st.dictionaries(
    KEYS,
    st.recursive(VALUES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)),
    min_size=1,
    max_size=4,
)


@given(TREES)
def test_what_is_written_is_read_as_it_was(tree: dict[str, Any]) -> None:
    document = read_yaml_text(text := write_tree(tree), "made")
    assert not document.faults, text
    assert repr(document.tree) == repr(tree), text


@pytest.mark.parametrize("word", WORDS)
def test_every_word_stands_in_blocks_and_in_brackets(word: str) -> None:
    tree = {"block": {"deep": {"at": word, "list": [word, word]}, "flow": {"a": word, "b": [[word], {"c": word}]}}}
    assert read_yaml_text(write_tree(tree), "made").tree == tree


def test_plain_values_stand_on_one_line_and_wide_ones_on_several() -> None:
    levels = {f"part-{number}": number for number in range(40)}
    text = write_tree({"stock": {"venlo": {"levels": levels, "rule": "base-stock"}, "oslo": ["home", {"parent": {}}]}})
    assert max(len(line) for line in text.splitlines()) <= 110
    assert "    rule: base-stock\n  oslo:\n  - home\n  - parent: {}\n" in text
    assert read_yaml_text(text, "made").tree["stock"]["venlo"]["levels"] == levels
