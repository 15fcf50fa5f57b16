"""Small programs with one fault each, and their mended twins: what is traced, and what must be found.

``FAULT`` in a source is 1 in the faulty program and 0 in the mended one.
"""

DOUBLE_CLOSE_C = r"""
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
static int fd;
static void *worker(void *x) { close(fd); return x; }
int main(void) {
    pthread_t thread;
    fd = socket(AF_INET, SOCK_STREAM, 0);
    pthread_create(&thread, 0, worker, 0);
    pthread_join(thread, 0);
    if (FAULT) close(fd);
    return 0;
}
"""

STALE_CLOSE_C = r"""
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
static int a = -1, b = -1;
static pthread_barrier_t turn;
static void *first(void *x) {
    a = socket(AF_INET, SOCK_STREAM, 0);
    close(a);
    pthread_barrier_wait(&turn);
    pthread_barrier_wait(&turn);
    if (FAULT) close(a);
    pthread_barrier_wait(&turn);
    return x;
}
static void *second(void *x) {
    pthread_barrier_wait(&turn);
    b = socket(AF_INET, SOCK_DGRAM, 0);
    pthread_barrier_wait(&turn);
    pthread_barrier_wait(&turn);
    close(b);
    return x;
}
int main(void) {
    pthread_t one, two;
    pthread_barrier_init(&turn, 0, 2);
    pthread_create(&one, 0, first, 0);
    pthread_create(&two, 0, second, 0);
    pthread_join(one, 0);
    pthread_join(two, 0);
    return 0;
}
"""

STALE_USE_C = r"""
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
static int p[2], q[2];
static void *reader(void *x) {
    char c;
    recv(p[0], &c, 1, 0);              /* closed by main meanwhile; woken by its peer's byte */
    usleep(100000);
    if (FAULT) recv(p[0], &c, 1, MSG_DONTWAIT);
    return x;
}
int main(void) {
    pthread_t thread;
    socketpair(AF_UNIX, SOCK_STREAM, 0, p);
    pthread_create(&thread, 0, reader, 0);
    usleep(100000);
    if (FAULT) { close(p[0]); socketpair(AF_UNIX, SOCK_STREAM, 0, q); }
    send(p[1], "x", 1, 0);
    pthread_join(thread, 0);
    return 0;
}
"""

DOUBLE_CLOSE_PERL = r"""
use POSIX; use Socket;
socket(my $s, AF_INET, SOCK_STREAM, 0);
socket(my $other, AF_INET, SOCK_STREAM, 0);
POSIX::close(fileno($s)) if FAULT;
close($other);
close($s);
"""

DOUBLE_CLOSE_PYTHON = """
import os, socket, threading
s = socket.socket()
def work():
    os.close(s.fileno())
if FAULT:
    thread = threading.Thread(target=work); thread.start(); thread.join()
try:
    s.close()
except OSError:
    pass
"""

USE_AFTER_CLOSE_PYTHON = """
import os, socket
a, b = socket.socketpair()
fd = a.fileno()
if FAULT:
    a.close()
try:
    os.write(fd, b"x")
except OSError:
    pass
"""

LISTENER_KEPT_PYTHON = """
import os, socket, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
os.set_inheritable(s.fileno(), bool(FAULT))
if os.fork() == 0:
    os.execvp("sleep", ["sleep", "5"])
time.sleep(0.5)
s.close()
time.sleep(3.2)
for number in range(300):
    os.close(os.dup(0))
os.wait()
"""

LISTENER_INHERITED_PYTHON = """
import os, socket, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
os.set_inheritable(s.fileno(), bool(FAULT))
if os.fork() == 0:
    os.execvp("sleep", ["sleep", "4"])
time.sleep(3.2)
for number in range(300):
    os.close(os.dup(0))
os.wait()
s.close()
"""

CONNECTION_KEPT_PYTHON = """
import os, socket, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
c = socket.create_connection(s.getsockname())
a, _ = s.accept()
if os.fork() == 0:
    if not FAULT:
        a.close(); c.close(); s.close()
    time.sleep(2.5)
    os._exit(0)
time.sleep(0.2)
a.close()
time.sleep(1.5)
for number in range(300):
    os.close(os.dup(0))
os.wait()
"""

PILE_PYTHON = """
import os, socket, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
kept = []
for number in range(8):
    c = socket.create_connection(s.getsockname())
    a, _ = s.accept()
    c.close()
    a.recv(10)
    if FAULT:
        kept.append(a)
    else:
        a.close()
time.sleep(5)
for number in range(300):
    os.close(os.dup(0))
"""

EPOLL_PYTHON = """
import os, select, socket, time
a, b = socket.socketpair()
set_ = select.epoll()
set_.register(a.fileno(), select.EPOLLIN)
other = a.dup()
if not FAULT:
    set_.unregister(a.fileno())
a.close()
time.sleep(1.5)
for number in range(300):
    os.close(os.dup(0))
"""

TWO_PROGRAMS_PYTHON = """
import os, shutil, socket, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
s.bind(("127.0.0.1", port))
s.listen()
if not port:
    program = os.path.realpath(sys.executable)
    if FAULT:
        program = shutil.copy(program, os.path.join(os.getcwd(), "another"))
    port = s.getsockname()[1]
    environment = os.environ | {"PYTHONHOME": sys.base_prefix}
    os.waitpid(os.posix_spawn(program, [program, "-S", __file__, str(port)], environment), 0)
"""

DUPLICATE_PASSED_PYTHON = """
import array, os, socket
a, b = socket.socketpair()
victim = socket.socket()
socket.send_fds(a, [b"x"], [victim.fileno()])
_, (copy,), _, _ = socket.recv_fds(b, 10, 4)
victim.close()
os.close(copy)
a.close()
if FAULT:
    try:
        os.close(copy)
    except OSError:
        pass
"""

PROGRAMS = {
    # name: (language, source, needs --io, what is found)
    "double-close-c": ("c", DOUBLE_CLOSE_C, False, {"closed-twice"}),
    "stale-close-c": ("c", STALE_CLOSE_C, False, {"stale-close"}),
    "stale-use-c": ("c", STALE_USE_C, True, {"stale-use"}),
    "double-close-perl": ("perl", DOUBLE_CLOSE_PERL, False, {"closed-twice"}),
    "double-close-python": ("python", DOUBLE_CLOSE_PYTHON, False, {"closed-twice"}),
    "use-after-close-python": ("python", USE_AFTER_CLOSE_PYTHON, True, {"use-after-close"}),
    "listener-kept-python": ("python", LISTENER_KEPT_PYTHON, False, {"leaked-duplicate", "inherited-listener"}),
    "listener-inherited-python": ("python", LISTENER_INHERITED_PYTHON, False, {"inherited-listener"}),
    "connection-kept-python": ("python", CONNECTION_KEPT_PYTHON, True, {"leaked-duplicate"}),
    "pile-python": ("python", PILE_PYTHON, True, {"half-closed-pile"}),
    "pile-of-the-kernels-python": ("python", PILE_PYTHON, False, {"half-closed-pile"}),
    "epoll-python": ("python", EPOLL_PYTHON, False, {"watched-after-close"}),
    "two-programs-python": ("python", TWO_PROGRAMS_PYTHON, False, {"shared-port"}),
    "passed-twice-closed-python": ("python", DUPLICATE_PASSED_PYTHON, False, {"closed-twice"}),
}
