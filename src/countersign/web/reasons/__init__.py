"""The page that explains a refusal to whoever has its reference, and takes appeals."""
