"""Text for people."""

from __future__ import annotations

from publisher.errors import plural
from publisher.validate.baseline import Compared
from publisher.validate.reporters.interface import Naming, Reporter
from publisher.validate.text import report_text


class TextReporter(Reporter):
    """Write findings with excerpts of their sources, a summary, and what became of the baseline."""

    def write(self, compared: Compared, naming: Naming) -> str:
        """Return the text, with a line break at its end."""
        lines = [report_text(compared.new, naming.prefixes, naming.root, naming.width)]
        if compared.known:
            lines.append(f"{plural(compared.known, 'finding')} of the baseline not shown.")
        if compared.stale:
            stale = plural(len(compared.stale), "entry")
            lines.append(f"{stale} of the baseline found nothing; --write-baseline drops:")
            lines += [f"  {' · '.join(naming.curie(part) for part in key if part)}" for key in compared.stale]
        return "\n".join(lines) + "\n"
