"""PostgreSQL: address, connections, statements, and transactions on and off the event loop."""
