/* A socket is closed by CloseHandle and then by closesocket, when a library has been given the number for itself. */
#include "contention.h"

int main(void) {
    struct sockaddr_in here = {0};
    SOCKET s, other;
    begin();
    s = socket(AF_INET, SOCK_STREAM, 0);
    other = socket(AF_INET, SOCK_STREAM, 0);
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = inet_addr("127.0.0.1");
    if (FAULT) CloseHandle((HANDLE)s);
    bind(other, (struct sockaddr *)&here, sizeof here); /* Winsock makes this thread's event on its first call */
    closesocket(s);
    closesocket(other);
    return end();
}
