"""Load a published dataset into a triple store, and verify what it holds."""
