"""Close the ontology and derive what follows from the data."""
