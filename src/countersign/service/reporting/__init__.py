"""Reports of abuse by members of protected rooms."""
