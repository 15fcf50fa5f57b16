/* One thread closes a socket twice; in between, another thread is given the number. */
#include "contention.h"

static HANDLE first_closed, opened, closed_again;
static SOCKET theirs;

static unsigned __stdcall victim(void *x) {
    WaitForSingleObject(first_closed, INFINITE);
    theirs = socket(AF_INET, SOCK_DGRAM, 0);
    SetEvent(opened);
    WaitForSingleObject(closed_again, INFINITE);
    closesocket(theirs);
    return 0;
}

int main(void) {
    SOCKET s;
    HANDLE thread;
    int i;
    first_closed = CreateEventA(0, 0, 0, 0);
    opened = CreateEventA(0, 0, 0, 0);
    closed_again = CreateEventA(0, 0, 0, 0);
    begin();
    for (i = 0; i < 5; i++) {
        thread = (HANDLE)_beginthreadex(0, 0, victim, 0, 0, 0);
        s = socket(AF_INET, SOCK_STREAM, 0);
        closesocket(s);
        SetEvent(first_closed);
        WaitForSingleObject(opened, INFINITE);
        if (FAULT) closesocket(s);
        SetEvent(closed_again);
        WaitForSingleObject(thread, INFINITE);
        CloseHandle(thread);
    }
    CloseHandle(first_closed);
    CloseHandle(opened);
    CloseHandle(closed_again);
    return end();
}
