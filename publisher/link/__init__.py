"""Link things to Wikidata: suggest, review, check and compare."""
