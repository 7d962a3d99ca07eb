"""Begin the encoding of an article from its text, and compare the two."""
