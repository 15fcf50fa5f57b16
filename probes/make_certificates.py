"""Makes certificates/: an authority, a server called localhost, and a host key for SSH. Run once; they last long."""

import datetime
from pathlib import Path

import paramiko
import trustme
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

HERE = Path(__file__).parent / "certificates"
LONG = datetime.datetime(2100, 1, 1, tzinfo=datetime.timezone.utc)

authority = trustme.CA()
HERE.mkdir(exist_ok=True)
authority.cert_pem.write_to_path(HERE / "authority.pem")
server = authority.issue_cert("localhost", "127.0.0.1", not_after=LONG)
server.private_key_and_cert_chain_pem.write_to_path(HERE / "server.pem")
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
text = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
(HERE / "ssh_host_key").write_bytes(text)
public = paramiko.RSAKey.from_private_key_file(str(HERE / "ssh_host_key"))
(HERE / "known_hosts").write_text(f"[127.0.0.1]:2222 {public.get_name()} {public.get_base64()}\n")
