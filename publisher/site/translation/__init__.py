"""Put the site's own words into its language, by catalogues of gettext."""
