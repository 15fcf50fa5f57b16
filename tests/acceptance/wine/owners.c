/* Q142634 as Wine can show it: two programs share a port because both set SO_REUSEADDR. */
#include "contention.h"

int main(int argc, char **argv) {
    STARTUPINFOA start = {sizeof start};
    PROCESS_INFORMATION child;
    struct sockaddr_in here = {0};
    int size = sizeof here, yes = 1;
    char line[512];
    SOCKET s;

    begin();
    s = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(s, SOL_SOCKET, FAULT ? SO_REUSEADDR : SO_EXCLUSIVEADDRUSE, (char *)&yes, sizeof yes);
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = inet_addr("127.0.0.1");
    here.sin_port = argc > 1 ? htons(atoi(argv[1])) : 0;
    bind(s, (struct sockaddr *)&here, sizeof here);    /* Windows lets both listen as well, Linux does not */
    if (argc == 1) {
        getsockname(s, (struct sockaddr *)&here, &size);
        sprintf(line, "\"other.exe\" %d", ntohs(here.sin_port));
        CreateProcessA("other.exe", line, 0, 0, FALSE, 0, 0, 0, &start, &child);
        WaitForSingleObject(child.hProcess, INFINITE);
        CloseHandle(child.hProcess);
        CloseHandle(child.hThread);
    }
    closesocket(s);
    return end();
}
