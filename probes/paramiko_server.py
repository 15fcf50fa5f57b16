"""An SSH server made of paramiko's own parts: a password, one command, one subsystem of files."""

import socket
import threading

import paramiko
from meet import CERTIFICATE

KEY = paramiko.RSAKey.from_private_key_file(CERTIFICATE.replace("server.pem", "ssh_host_key"))


class Server(paramiko.ServerInterface):
    def __init__(self):
        self.done = threading.Event()

    def check_auth_password(self, username, password):
        return paramiko.AUTH_SUCCESSFUL if (username, password) == ("user", "secret") else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, number):
        return paramiko.OPEN_SUCCEEDED if kind == "session" else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_exec_request(self, channel, command):
        threading.Thread(target=self.execute, args=(channel, command)).start()
        return True

    def execute(self, channel, command):
        data = channel.makefile("rb").read()
        channel.sendall(command.upper() + b":" + data[::-1])
        channel.send_exit_status(7)
        channel.shutdown_write()
        self.done.set()


listener = socket.create_server(("127.0.0.1", 2222))
connection, _ = listener.accept()  # the one that only looks whether somebody listens
connection.close()
connection, _ = listener.accept()
transport = paramiko.Transport(connection)
transport.add_server_key(KEY)
server = Server()
transport.start_server(server=server)
server.done.wait()
transport.join()
listener.close()
