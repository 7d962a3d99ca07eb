"""Let readers, search engines and other programs find what the site has."""
