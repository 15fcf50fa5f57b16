/* Threads that open and close sockets and events of their own, correctly: numbers are handed out all the time. */
#include <winsock2.h>
#include <windows.h>
#include <io.h>
#include <process.h>
#include <stdio.h>
#include <string.h>

#ifndef FAULT
#define FAULT 1
#endif
#ifndef THREADS
#define THREADS 0
#endif
#define ROUNDS 150

static HANDLE contenders[THREADS + 1];

static unsigned __stdcall contend(void *seed) {
    int i;
    for (i = 0; i < ROUNDS; i++) {
        SOCKET s = socket(AF_INET, i & 1 ? SOCK_STREAM : SOCK_DGRAM, 0);
        HANDLE e = CreateEventA(0, 0, 0, 0);
        SetEvent(e);
        if ((size_t)seed & 1) Sleep(0);
        CloseHandle(e);
        closesocket(s);
    }
    return 0;
}

static void begin(void) {
    WSADATA data;
    int i;
    WSAStartup(0x202, &data);
    for (i = 0; i < THREADS; i++)
        contenders[i] = (HANDLE)_beginthreadex(0, 0, contend, (void *)(size_t)i, 0, 0);
}

static int end(void) {
    int i;
    for (i = 0; i < THREADS; i++) {
        WaitForSingleObject(contenders[i], INFINITE);
        CloseHandle(contenders[i]);
    }
    return 0;
}
