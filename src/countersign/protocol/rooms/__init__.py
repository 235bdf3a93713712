"""Rooms: state, power levels, authorisation, server ACLs, policy rules."""
