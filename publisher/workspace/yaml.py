"""Parse YAML whose scalars are texts: headers of queries and of mapping sets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from publisher.errors import SourceError


def parse_yaml(text: str, path: Path, what: str, indent: int) -> Any:
    """Return the value of a document in a file, ``None`` for an empty one.

    ``what`` names the document in messages; its lines are those of the file without the first ``indent`` characters.
    Raises ``SourceError``, with line and column where the parser reports them.
    """
    import yaml

    try:
        try:
            return yaml.load(text, getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 - it makes texts alone
        except yaml.YAMLError:
            return yaml.BaseLoader(text).get_single_data()  # for its messages, which name what was expected
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = (mark.line + 1, mark.column + 1 + indent) if mark else ()
        raise SourceError(f"{what} is not valid YAML: {getattr(error, 'problem', error)}", path, *place) from None
    except RecursionError:
        raise SourceError(f"{what} is nested too deep", path, 1) from None
