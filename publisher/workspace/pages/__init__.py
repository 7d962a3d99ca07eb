"""Read the Markdown pages that a workspace adds to its site, and say where their links lead."""
