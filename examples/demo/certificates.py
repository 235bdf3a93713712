"""A temporary certificate authority, so that the demo uses real TLS."""

from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class ServerCertificate:
    """The files of one server's certificate: the chain, and its private key."""

    certificate: Path
    private_key: Path


class CertificateAuthority:
    """Issues certificates for loopback addresses and keeps every file in one directory."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._authority = trustme.CA()
        self.certificate = directory / "ca.pem"
        self._authority.cert_pem.write_to_path(self.certificate)

    def issue(self, address: str) -> ServerCertificate:
        """Return a new certificate whose subject is the IP address `address`."""
        issued = self._authority.issue_cert(address)
        files = ServerCertificate(
            self._directory / f"{address}.pem", self._directory / f"{address}.key"
        )
        files.certificate.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(files.private_key)
        files.private_key.chmod(0o600)
        return files
