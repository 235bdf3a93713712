"""Pages for leads and operators: policies, keys, settings, audit log and personal data."""
