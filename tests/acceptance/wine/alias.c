/* Q185727: a descriptor and a socket own one handle, and both close it. */
#include "contention.h"

int main(void) {
    HANDLE own;
    SOCKET s;
    int i, fd;
    begin();
    for (i = 0; i < 5; i++) {
        s = socket(AF_INET, SOCK_STREAM, 0);
        own = (HANDLE)s;
        if (!FAULT) DuplicateHandle(GetCurrentProcess(), own, GetCurrentProcess(), &own, 0, 0, DUPLICATE_SAME_ACCESS);
        fd = _open_osfhandle((intptr_t)own, 0);
        _close(fd);
        closesocket(s);
    }
    return end();
}
