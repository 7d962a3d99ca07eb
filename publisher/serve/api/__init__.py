"""Answer programs and agents: every saved query by HTTP, things as Markdown, and both as tools of an MCP server.

Rows of answers tell claims from facts where that is asked for (``publisher.query.marks``).
"""
