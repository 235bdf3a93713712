"""The page that explains a refusal by its reference, and takes appeals."""
