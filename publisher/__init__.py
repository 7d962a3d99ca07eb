"""Publish a git folder of RDF as a validated, inferred, attributed, loadable dataset."""


def __getattr__(name: str) -> str:
    """Return the version of the installed distribution when ``__version__`` is asked for: it takes time to read."""
    if name == "__version__":
        from importlib.metadata import version

        return version("geopol-publisher")
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
