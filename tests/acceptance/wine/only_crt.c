/* Q185727, the other half: the descriptor is closed, and Winsock is never told. */
#include "contention.h"

int main(void) {
    SOCKET s;
    int i, fd;
    begin();
    for (i = 0; i < 5; i++) {
        s = socket(AF_INET, SOCK_STREAM, 0);
        fd = _open_osfhandle((intptr_t)s, 0);
        if (FAULT) _close(fd);
        else closesocket(s);
    }
    return end();
}
