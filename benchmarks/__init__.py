"""Generated corpora, and measurements of this tool and its peers on them."""
