"""Pages of leads and operators: policies, keys, settings, the audit log and personal data."""
