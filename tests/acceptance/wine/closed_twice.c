/* A worker and its owner both close one socket. */
#include "contention.h"

static SOCKET s;

static unsigned __stdcall work(void *x) {
    closesocket(s);
    return 0;
}

int main(void) {
    HANDLE worker;
    int i;
    begin();
    for (i = 0; i < 5; i++) {
        s = socket(AF_INET, SOCK_STREAM, 0);
        worker = (HANDLE)_beginthreadex(0, 0, work, 0, 0, 0);
        WaitForSingleObject(worker, INFINITE);
        if (FAULT) closesocket(s);
        CloseHandle(worker);
    }
    return end();
}
