"""Training and measuring of the text model; the server needs nothing of this."""
