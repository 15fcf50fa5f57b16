"""A name server for one name, over UDP and TCP, made of dnspython's messages."""

import socket
import struct
import threading

import dns.flags
import dns.message
import dns.rrset

NAME = "example.test."


def answer(data):
    question = dns.message.from_wire(data)
    reply = dns.message.make_response(question)
    wanted = question.question[0]
    if str(wanted.name) != NAME:
        reply.set_rcode(3)
    elif wanted.rdtype == dns.rdatatype.TXT:
        texts = [f'"{number:04d}' + "x" * 100 + '"' for number in range(40)]
        reply.answer.append(dns.rrset.from_text(NAME, 60, "IN", "TXT", *texts))
    else:
        reply.answer.append(dns.rrset.from_text(NAME, 60, "IN", "A", "192.0.2.7"))
    return reply


datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind(("127.0.0.1", 5300))
listener = socket.create_server(("127.0.0.1", 5300))


def serve_stream():
    while True:
        connection, _ = listener.accept()
        with connection:
            head = connection.recv(2)
            if not head:
                continue
            data = connection.recv(struct.unpack("!H", head)[0])
            wire = answer(data).to_wire(max_size=65535)
            connection.sendall(struct.pack("!H", len(wire)) + wire)
            return


thread = threading.Thread(target=serve_stream)
thread.start()
for _ in range(3):
    data, source = datagrams.recvfrom(4096)
    reply = answer(data)
    try:
        wire = reply.to_wire(max_size=512)
    except dns.exception.TooBig:
        reply.answer.clear()
        reply.flags |= dns.flags.TC
        wire = reply.to_wire()
    datagrams.sendto(wire, source)
thread.join()
datagrams.close()
listener.close()
