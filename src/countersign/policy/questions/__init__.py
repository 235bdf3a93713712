"""Questions of filters about the world outside an event, which services answer: see ADR 0001."""
