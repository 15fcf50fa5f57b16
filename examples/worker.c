#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int job;                                   /* one thread's connection, in plain memory */
static pthread_barrier_t done, taken;

static void *finish(void *unused) {
    close(job);                                   /* the job is over ... */
    pthread_barrier_wait(&done);
    pthread_barrier_wait(&taken);
    close(job);                                   /* ... and is cleaned up once more */
    return unused;
}

static void *serve(void *unused) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    pthread_barrier_wait(&done);
    int mine = socket(AF_INET, SOCK_DGRAM, 0);    /* gets the number that was just given up */
    pthread_barrier_wait(&taken);
    usleep(10000);
    if (sendto(mine, "x", 1, 0, (struct sockaddr *)&to, sizeof to) < 0) perror("sendto");
    close(mine);
    return unused;
}

int main(void) {
    pthread_t one, two;
    pthread_barrier_init(&done, NULL, 2);
    pthread_barrier_init(&taken, NULL, 2);
    job = socket(AF_INET, SOCK_DGRAM, 0);
    pthread_create(&one, NULL, finish, NULL);
    pthread_create(&two, NULL, serve, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}
