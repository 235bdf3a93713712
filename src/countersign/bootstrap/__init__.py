"""Construction of the server: the only package that builds adapters and passes them to services.

Each command imports only the modules that it needs, so that `rooms list` does not load a web
server.
"""
