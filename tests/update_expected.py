"""Write the expected answers of named queries, after somebody has reviewed what is shown.

``python -m tests.update_expected NAME …`` builds the workspace, shows each answer, and writes
``queries/expected/NAME.tsv`` (``.ttl`` for a graph). An expected answer is a claim that a person has checked
it against the article: read before you commit. No test writes one.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from publisher.build.pipeline import build
from publisher.query import files, local, results
from publisher.workspace.config import load_config

ROOT = Path(__file__).parent.parent


def main(names: list[str]) -> None:
    config = load_config(ROOT)
    folder = ROOT / "queries"
    with tempfile.TemporaryDirectory() as temporary:
        result = build(config, Path(temporary) / "dist")
        if result.folder is None:
            sys.exit("the workspace does not conform; run 'publisher validate'")
        store = local.load_store([result.folder / "dumps" / "all.nt"])
    for name in names:
        query = files.find(name, folder)
        answer = local.run(query.text, store, query.path)
        form = "ttl" if query.form == "construct" else "tsv"
        path = folder / "expected" / f"{name}.{form}"
        path.write_text(results.write(answer, form, config.prefixes), encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}: {query.question}\n")
        sys.stdout.write(results.write(answer, None, config.prefixes) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
