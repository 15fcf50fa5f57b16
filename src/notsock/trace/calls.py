"""The vocabulary of calls: every call that a gate records, by Windows' own name, with a stable number.

A call's number is what an event holds; numbers are never reused, so that a trace of today is read tomorrow.
"""

from enum import IntEnum, unique


@unique
class Call(IntEnum):
    """A call that a simulated (or traced) program makes."""

    NONE = 0
    # ws2_32
    WSASTARTUP = 1
    WSACLEANUP = 2
    SOCKET = 3
    CLOSESOCKET = 4
    BIND = 5
    LISTEN = 6
    ACCEPT = 7
    CONNECT = 8
    SEND = 9
    RECV = 10
    SENDTO = 11
    RECVFROM = 12
    SHUTDOWN = 13
    SELECT = 14
    GETSOCKNAME = 15
    GETPEERNAME = 16
    GETSOCKOPT = 17
    SETSOCKOPT = 18
    IOCTLSOCKET = 19
    WSADUPLICATESOCKET = 20
    WSASOCKET = 21
    WSAPOLL = 22
    GETADDRINFO = 23
    GETNAMEINFO = 24
    GETHOSTNAME = 25
    WSAIOCTL = 26
    WSARECV = 27
    WSASEND = 28
    WSARECVFROM = 29
    WSASENDTO = 30
    ACCEPTEX = 31
    CONNECTEX = 32
    DISCONNECTEX = 33
    TRANSMITFILE = 34
    WSACONNECT = 35
    WSAGETOVERLAPPEDRESULT = 36
    # kernel32
    DEVICEIOCONTROL = 39
    CLOSEHANDLE = 40
    DUPLICATEHANDLE = 41
    CREATEEVENT = 42
    SETEVENT = 43
    RESETEVENT = 44
    WAITFORSINGLEOBJECT = 45
    WAITFORMULTIPLEOBJECTS = 46
    CREATETHREAD = 47
    EXITTHREAD = 48
    CREATEPROCESS = 49
    EXITPROCESS = 50
    TERMINATEPROCESS = 51
    OPENPROCESS = 52
    READFILE = 53
    WRITEFILE = 54
    CREATEFILE = 55
    SLEEP = 56
    GETEXITCODEPROCESS = 57
    GETFILETYPE = 58
    SETHANDLEINFORMATION = 59
    CREATEPIPE = 60
    GETHANDLEINFORMATION = 61
    CREATEIOCOMPLETIONPORT = 62
    GETQUEUEDCOMPLETIONSTATUS = 63
    POSTQUEUEDCOMPLETIONSTATUS = 64
    CANCELIOEX = 65
    REGISTERWAIT = 66
    UNREGISTERWAIT = 67
    CREATENAMEDPIPE = 68
    CONNECTNAMEDPIPE = 69
    PEEKNAMEDPIPE = 70
    WAITNAMEDPIPE = 71
    SETNAMEDPIPEHANDLESTATE = 72
    GETOVERLAPPEDRESULT = 73
    DISCONNECTNAMEDPIPE = 74
    CREATESEMAPHORE = 75
    RELEASESEMAPHORE = 76
    GENERATECONSOLECTRLEVENT = 77
    CREATEFILEMAPPING = 78
    OPENFILEMAPPING = 79
    # the C runtime
    OPEN_OSFHANDLE = 80
    GET_OSFHANDLE = 81
    CRT_CLOSE = 82
    CRT_READ = 83
    CRT_WRITE = 84
    CRT_DUP = 85
    CRT_DUP2 = 86
    CRT_OPEN = 87
    BEGINTHREAD = 88
    BEGINTHREADEX = 89
    ENDTHREAD = 90
    ENDTHREADEX = 91
    CRT_LSEEK = 92
    CRT_PIPE = 93
    CRT_FSTAT = 94
    # what Python itself waits for
    LOCK_ACQUIRE = 100
    LOCK_RELEASE = 101
    THREAD_START = 102
    THREAD_JOIN = 103
    TIME = 104
    WRITE_OUTPUT = 105
    READ_INPUT = 106
    # done by the system itself
    PROCESS_EXIT = 120
    THREAD_EXIT = 121
    MACHINE_RESTART = 122
    # Linux, as strace names them
    LINUX_CLOSE = 140
    LINUX_CLOSE_RANGE = 141
    LINUX_DUP = 142
    LINUX_DUP2 = 143
    LINUX_DUP3 = 144
    LINUX_FCNTL = 145
    LINUX_IOCTL = 146
    LINUX_OPEN = 147
    LINUX_OPENAT = 148
    LINUX_OPENAT2 = 149
    LINUX_CREAT = 150
    LINUX_PIPE = 151
    LINUX_PIPE2 = 152
    LINUX_SOCKET = 153
    LINUX_SOCKETPAIR = 154
    LINUX_ACCEPT = 155
    LINUX_ACCEPT4 = 156
    LINUX_CONNECT = 157
    LINUX_BIND = 158
    LINUX_LISTEN = 159
    LINUX_SHUTDOWN = 160
    LINUX_SETSOCKOPT = 161
    LINUX_GETSOCKOPT = 162
    LINUX_GETSOCKNAME = 163
    LINUX_GETPEERNAME = 164
    LINUX_EPOLL_CTL = 165
    LINUX_EPOLL_CREATE1 = 166
    LINUX_EVENTFD2 = 167
    LINUX_TIMERFD_CREATE = 168
    LINUX_SIGNALFD4 = 169
    LINUX_INOTIFY_INIT1 = 170
    LINUX_MEMFD_CREATE = 171
    LINUX_PIDFD_OPEN = 172
    LINUX_PIDFD_GETFD = 173
    LINUX_SENDMSG = 174
    LINUX_RECVMSG = 175
    LINUX_SENDMMSG = 176
    LINUX_RECVMMSG = 177
    LINUX_SENDTO = 178
    LINUX_RECVFROM = 179
    LINUX_READ = 180
    LINUX_WRITE = 181
    LINUX_READV = 182
    LINUX_WRITEV = 183
    LINUX_SENDFILE = 184
    LINUX_LSEEK = 185
    LINUX_FSTAT = 186
    LINUX_CLONE = 187
    LINUX_CLONE3 = 188
    LINUX_FORK = 189
    LINUX_VFORK = 190
    LINUX_EXECVE = 191
    LINUX_UNSHARE = 192
    LINUX_OTHER = 193


_SPELLING = {
    Call.WSASTARTUP: "WSAStartup",
    Call.WSACLEANUP: "WSACleanup",
    Call.WSADUPLICATESOCKET: "WSADuplicateSocket",
    Call.WSASOCKET: "WSASocket",
    Call.WSAPOLL: "WSAPoll",
    Call.WSAIOCTL: "WSAIoctl",
    Call.WSARECV: "WSARecv",
    Call.WSASEND: "WSASend",
    Call.WSARECVFROM: "WSARecvFrom",
    Call.WSASENDTO: "WSASendTo",
    Call.ACCEPTEX: "AcceptEx",
    Call.CONNECTEX: "ConnectEx",
    Call.DISCONNECTEX: "DisconnectEx",
    Call.TRANSMITFILE: "TransmitFile",
    Call.WSACONNECT: "WSAConnect",
    Call.WSAGETOVERLAPPEDRESULT: "WSAGetOverlappedResult",
    Call.CREATEIOCOMPLETIONPORT: "CreateIoCompletionPort",
    Call.GETQUEUEDCOMPLETIONSTATUS: "GetQueuedCompletionStatus",
    Call.POSTQUEUEDCOMPLETIONSTATUS: "PostQueuedCompletionStatus",
    Call.CANCELIOEX: "CancelIoEx",
    Call.DEVICEIOCONTROL: "DeviceIoControl",
    Call.REGISTERWAIT: "RegisterWaitForSingleObject",
    Call.UNREGISTERWAIT: "UnregisterWaitEx",
    Call.CREATENAMEDPIPE: "CreateNamedPipe",
    Call.CONNECTNAMEDPIPE: "ConnectNamedPipe",
    Call.PEEKNAMEDPIPE: "PeekNamedPipe",
    Call.WAITNAMEDPIPE: "WaitNamedPipe",
    Call.SETNAMEDPIPEHANDLESTATE: "SetNamedPipeHandleState",
    Call.GETOVERLAPPEDRESULT: "GetOverlappedResult",
    Call.DISCONNECTNAMEDPIPE: "DisconnectNamedPipe",
    Call.CREATESEMAPHORE: "CreateSemaphore",
    Call.RELEASESEMAPHORE: "ReleaseSemaphore",
    Call.GENERATECONSOLECTRLEVENT: "GenerateConsoleCtrlEvent",
    Call.CREATEFILEMAPPING: "CreateFileMapping",
    Call.OPENFILEMAPPING: "OpenFileMapping",
    Call.CLOSEHANDLE: "CloseHandle",
    Call.DUPLICATEHANDLE: "DuplicateHandle",
    Call.CREATEEVENT: "CreateEvent",
    Call.SETEVENT: "SetEvent",
    Call.RESETEVENT: "ResetEvent",
    Call.WAITFORSINGLEOBJECT: "WaitForSingleObject",
    Call.WAITFORMULTIPLEOBJECTS: "WaitForMultipleObjects",
    Call.CREATETHREAD: "CreateThread",
    Call.EXITTHREAD: "ExitThread",
    Call.CREATEPROCESS: "CreateProcess",
    Call.EXITPROCESS: "ExitProcess",
    Call.TERMINATEPROCESS: "TerminateProcess",
    Call.OPENPROCESS: "OpenProcess",
    Call.READFILE: "ReadFile",
    Call.WRITEFILE: "WriteFile",
    Call.CREATEFILE: "CreateFile",
    Call.SLEEP: "Sleep",
    Call.GETEXITCODEPROCESS: "GetExitCodeProcess",
    Call.GETFILETYPE: "GetFileType",
    Call.SETHANDLEINFORMATION: "SetHandleInformation",
    Call.GETHANDLEINFORMATION: "GetHandleInformation",
    Call.CREATEPIPE: "CreatePipe",
    Call.OPEN_OSFHANDLE: "_open_osfhandle",
    Call.GET_OSFHANDLE: "_get_osfhandle",
    Call.CRT_CLOSE: "_close",
    Call.CRT_READ: "_read",
    Call.CRT_WRITE: "_write",
    Call.CRT_DUP: "_dup",
    Call.CRT_DUP2: "_dup2",
    Call.CRT_OPEN: "_open",
    Call.CRT_LSEEK: "_lseek",
    Call.CRT_PIPE: "_pipe",
    Call.CRT_FSTAT: "_fstat",
    Call.BEGINTHREAD: "_beginthread",
    Call.BEGINTHREADEX: "_beginthreadex",
    Call.ENDTHREAD: "_endthread",
    Call.ENDTHREADEX: "_endthreadex",
    Call.LOCK_ACQUIRE: "lock.acquire",
    Call.LOCK_RELEASE: "lock.release",
    Call.THREAD_START: "thread.start",
    Call.THREAD_JOIN: "thread.join",
    Call.WRITE_OUTPUT: "write output",
    Call.READ_INPUT: "read input",
    Call.PROCESS_EXIT: "process exit",
    Call.THREAD_EXIT: "thread exit",
    Call.MACHINE_RESTART: "machine restart",
}

SPELLINGS = {call: _SPELLING.get(call, call.name.lower().removeprefix("linux_")) for call in Call}
"""Each call as Windows (or Python) spells it."""

CLOSES_BY_NUMBER = frozenset({Call.CLOSESOCKET, Call.CLOSEHANDLE, Call.CRT_CLOSE, Call.ENDTHREAD, Call.LINUX_CLOSE})
"""Calls that close whatever their argument means at that moment."""

LINUX_CALLS = frozenset({call for call in Call if call >= Call.LINUX_CLOSE})
"""Calls of Linux; their first argument is a descriptor, or 0 where they take none."""
