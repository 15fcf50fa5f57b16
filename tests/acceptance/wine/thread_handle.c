/* Q155738: the handle that _beginthread returned is closed by the program, and once more by the end of the thread. */
#include "contention.h"

static HANDLE go, gone;

static void __cdecl work(void *x) {
    WaitForSingleObject(go, INFINITE);
    if (x) _endthread();
}

static unsigned __stdcall work_ex(void *x) {
    WaitForSingleObject(go, INFINITE);
    return 0;
}

int main(void) {
    SOCKET s;
    HANDLE thread;
    int i;
    go = CreateEventA(0, 0, 0, 0);
    begin();
    for (i = 0; i < 5; i++) {
        thread = FAULT ? (HANDLE)_beginthread(work, 0, (void *)(size_t)(i & 1))
                       : (HANDLE)_beginthreadex(0, 0, work_ex, 0, 0, 0);
        if (FAULT) CloseHandle(thread);            /* the thread still runs */
        s = socket(AF_INET, SOCK_STREAM, 0);       /* may be given the number */
        SetEvent(go);
        if (!FAULT) WaitForSingleObject(thread, INFINITE);
        Sleep(50);
        if (!FAULT) CloseHandle(thread);
        closesocket(s);
    }
    CloseHandle(go);
    return end();
}
