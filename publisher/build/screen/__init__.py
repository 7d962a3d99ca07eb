"""Screen the shards of a corpus with compiled shapes, before an engine reports."""
