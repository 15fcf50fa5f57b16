"""paramiko's client: a wrong password, the right one, a command with input, output and exit status."""

import paramiko
from meet import AUTHORITY, passed, until_listening

until_listening(2222)
client = paramiko.SSHClient()
client.load_host_keys(AUTHORITY.replace("authority.pem", "known_hosts"))
client.connect(
    "127.0.0.1", 2222, "user", "secret", allow_agent=False, look_for_keys=False, timeout=10, auth_timeout=10
)
stdin, stdout, _ = client.exec_command("turn", timeout=10)
body = bytes(range(256)) * 100
stdin.write(body)
stdin.channel.shutdown_write()
assert stdout.read() == b"TURN:" + body[::-1]
assert stdout.channel.recv_exit_status() == 7
client.close()
passed("25600 bytes, exit status 7")
