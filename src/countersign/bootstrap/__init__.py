"""Construction of the server: the only place that builds adapters and hands them to services.

Each command imports what it needs of it: nobody waits for a web server to be shown a list of rooms.
"""
