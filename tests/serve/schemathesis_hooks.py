"""Tell schemathesis of what the texts consist that the description of the interface calls queries."""

import schemathesis
from hypothesis import strategies

QUERIES = (
    "ASK {}",
    "SELECT ?s { ?s ?p ?o } LIMIT 1",
    "CONSTRUCT WHERE { ?s a <http://www.w3.org/2002/07/owl#Ontology> }",
)
schemathesis.openapi.format("sparql-query", strategies.sampled_from(QUERIES))
