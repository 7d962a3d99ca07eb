"""Parse YAML whose scalars are texts: headers of queries and of mapping sets."""

from __future__ import annotations

from typing import Any


def parse_yaml(text: str) -> Any:
    """Return the value of a document, ``None`` for an empty one. Raises ``yaml.YAMLError`` and ``RecursionError``."""
    import yaml

    try:
        return yaml.load(text, getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 - it makes texts alone
    except yaml.YAMLError:
        return yaml.BaseLoader(text).get_single_data()  # for its messages, which name what was expected
