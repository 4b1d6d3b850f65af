/* What a background job runs in the bench: writes the time of its first instruction into a file. Small and static, so that
   little lies between its exec and that. usage: stamp FILE */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct timespec now;
    char text[32];
    int file, len;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (argc < 2 || (file = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0600)) < 0)
        return 1;
    len = snprintf(text, sizeof text, "%lld\n", now.tv_sec * 1000000000LL + now.tv_nsec);
    return write(file, text, len) != len;
}
