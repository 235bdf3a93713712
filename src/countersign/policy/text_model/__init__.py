"""The text model: the points of a text as evidence of fraud or advertising."""
