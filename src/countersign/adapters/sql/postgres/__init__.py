"""PostgreSQL: the address, connections, statements, transactions off and on the event loop."""
