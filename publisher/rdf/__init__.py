"""RDF terms, syntaxes and queries, apart from any workspace."""
