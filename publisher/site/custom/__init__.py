"""Put what a workspace adds to its site in place: Markdown pages, templates, a style sheet and other files."""
