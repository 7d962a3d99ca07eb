"""Say why a triple is there, or why a node violates a shape."""
