"""TLS of the service's port: the certificate it shows, and those it wants to see, looked at again at each handshake."""

from __future__ import annotations

from typing import Any

import grpc

from engine.identity.certificates import Certificates, Channel


def credentials_of(certificates: Certificates) -> grpc.ServerCredentials:
    """Credentials that follow their files. With client authorities, a client without a certificate of theirs is refused.

    A certificate proves a channel, not a caller: who calls is said by a token or an API key, as without one.
    """

    used = certificates.channel

    def changed() -> Any:
        """What to use from now on; None where that is what is used already."""
        nonlocal used
        last, used = used, certificates.now()
        return None if used is last else _configuration(used)

    mutual = certificates.channel.client_ca is not None
    return grpc.dynamic_ssl_server_credentials(_configuration(certificates.channel), changed, mutual)


def _configuration(channel: Channel) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(channel.key, channel.certificate)], channel.client_ca)
