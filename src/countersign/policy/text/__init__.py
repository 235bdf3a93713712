"""Reading texts: content, normalisation, links, mentions, likeness."""
