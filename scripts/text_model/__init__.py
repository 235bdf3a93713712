"""Training and measuring of the text model; not used by the server."""
