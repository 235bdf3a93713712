"""Rules of policy documents: conditions in CEL."""
