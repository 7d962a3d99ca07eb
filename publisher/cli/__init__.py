"""The command line: one module per command, which reads its options, calls the package behind it, prints and exits.

>>> from publisher.cli.main import main
>>> main(["build", "--output", "site"])  # prints what is wrong, and returns the exit code
2
"""
