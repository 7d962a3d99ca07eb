"""Test how a site answers for the identifiers of things, ours or any other, and say why by the clauses of standards."""
