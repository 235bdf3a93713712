"""Indicators in a text: links, contacts and wallets, by which a fraud is reached or paid."""
