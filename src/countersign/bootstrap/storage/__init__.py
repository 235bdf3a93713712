"""Care of the database: migrations, backups, carrying it from one kind to the other."""
