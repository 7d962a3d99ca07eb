r"""Write regular expressions of XPath (https://www.w3.org/TR/xpath-functions-31/#regex-syntax) for Rust's ``regex``.

The two differ in a few escapes, in the subtraction of character classes, and in what a dot and white space are.

>>> to_rust(r"^[\w-[0-9]]\s$", "")
'^[[^\\p{P}\\p{Z}\\p{C}]--[0-9]][ \\t\\n\\r]$'
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

# XML 1.0, productions 4 and 4a.
_START: Final = (
    ":A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME: Final = f"{_START}.0-9\u00b7\u0300-\u036f\u203f\u2040-"
# XML Schema 1.1, part 2, G.4.2.5.
_ESCAPES: Final = {
    r"\i": f"[{_START}]",
    r"\I": f"[^{_START}]",
    r"\c": f"[{_NAME}]",
    r"\C": f"[^{_NAME}]",
    r"\s": r"[ \t\n\r]",
    r"\S": r"[^ \t\n\r]",
    r"\w": r"[^\p{P}\p{Z}\p{C}]",
    r"\W": r"[\p{P}\p{Z}\p{C}]",
}
_TOKEN: Final = re.compile(r"\\[pP]\{[^}]*\}|\\.|.", re.DOTALL)


def to_rust(pattern: str, flags: str) -> str:
    """Return a pattern that matches for Rust what ``pattern`` matches for XPath with the same flags."""
    return pattern if "q" in flags else "".join(_tokens(pattern, flags))


def _tokens(pattern: str, flags: str) -> Iterator[str]:
    parts = _TOKEN.findall(pattern)
    depth = 0
    for number, part in enumerate(parts):
        if part in _ESCAPES:
            yield _ESCAPES[part]
        elif depth and part == "-" and parts[number + 1 : number + 2] == ["["]:
            yield "--"
        elif depth and part in "&~":  # twice, these are operators on classes
            yield f"\\{part}"
        elif not depth and part == "." and "s" not in flags:
            yield r"[^\n\r]"
        elif "x" in flags and (part == "#" or (depth and part in _SPACES)):  # a comment, or passed over
            yield f"\\{part}"
        else:
            depth += {"[": 1, "]": -1}.get(part, 0)
            yield part


_SPACES: Final = " \t\n\r"
