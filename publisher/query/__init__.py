"""Find the queries of a workspace, run them, and write their answers."""
