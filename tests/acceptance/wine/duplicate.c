/* Q198663: a duplicate is made for a child that never opens it, and the connection stays open until the child ends. */
#include "contention.h"

int main(int argc, char **argv) {
    STARTUPINFOA start = {sizeof start};
    PROCESS_INFORMATION child;
    WSAPROTOCOL_INFOA info;
    struct sockaddr_in here = {0};
    int size = sizeof here;
    SOCKET listener, client, server;
    char line[512];

    begin();
    if (argc > 1) {
        Sleep(3000);
        return 0;
    }
    listener = socket(AF_INET, SOCK_STREAM, 0);
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = inet_addr("127.0.0.1");
    bind(listener, (struct sockaddr *)&here, sizeof here);
    listen(listener, 5);
    getsockname(listener, (struct sockaddr *)&here, &size);
    SetHandleInformation((HANDLE)listener, HANDLE_FLAG_INHERIT, 0);
    client = socket(AF_INET, SOCK_STREAM, 0);
    SetHandleInformation((HANDLE)client, HANDLE_FLAG_INHERIT, 0);
    connect(client, (struct sockaddr *)&here, sizeof here);
    server = accept(listener, 0, 0);
    SetHandleInformation((HANDLE)server, HANDLE_FLAG_INHERIT, 0);
    sprintf(line, "\"%s\" child", argv[0]);
    CreateProcessA(0, line, 0, 0, FALSE, 0, 0, 0, &start, &child);
    if (FAULT) WSADuplicateSocketA(server, child.dwProcessId, &info);
    closesocket(server);
    WaitForSingleObject(child.hProcess, INFINITE);
    CloseHandle(child.hProcess);
    CloseHandle(child.hThread);
    closesocket(client);
    closesocket(listener);
    return end();
}
