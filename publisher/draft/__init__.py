"""Draft the encoding of an article from its plain text, and compare a finished encoding with the text.

``draft`` finds sentences, names, dates, citations and quotations; nothing is guessed. ``cover`` lists the sentences
without a claim and the passages that do not match. Spans count code points from 0, and their end is exclusive.

>>> from publisher.workspace.sources import ShapesGraphs, Workspace
>>> workspace = Workspace((), (), ShapesGraphs((), (), (), ()), (), (), ())  # it has no names to find
>>> result = draft("He left on May 5. They said he was “ill” (Trend, May 6).", workspace, published="2018-12")
>>> [(s.sentence.span.end, *(d.edtf for d in s.dates), *(c.printed for c in s.citations)) for s in result.sentences]
[(17, '2018-05-05'), (56, 'Trend, May 6')]
>>> len(cover(result.text, [], {}).without_claim)
2
"""

from publisher.draft.analysis import Draft, draft
from publisher.draft.coverage import Coverage, cover

__all__ = ["Coverage", "Draft", "cover", "draft"]
