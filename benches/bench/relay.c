/* The least that a relay between two terminals can be: a pseudo terminal, a child that leads its session, and a loop that
 * copies. No signals, no sizes after the start, no job control: what pj-wrap's relay is measured against. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static char buf[65536];

/* Copies what one read gives; 0 at the end. */
static int copy(int from, int to)
{
    ssize_t n = read(from, buf, sizeof buf), at = 0;

    if (n <= 0)
        return n < 0 && errno == EINTR;
    while (at < n) {
        ssize_t done = write(to, buf + at, n - at);

        if (done < 0 && errno != EINTR)
            return 0;
        if (done > 0)
            at += done;
    }
    return 1;
}

int main(int argc, char **argv)
{
    struct termios was, raw;
    struct winsize size;
    struct pollfd both[2];
    int master, status = 0;
    pid_t child;

    if (argc < 2 || tcgetattr(0, &was) || ioctl(0, TIOCGWINSZ, &size))
        return 125;
    child = forkpty(&master, NULL, &was, &size);
    if (child < 0)
        return 125;
    if (child == 0) {
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    raw = was;
    cfmakeraw(&raw);
    tcsetattr(0, TCSANOW, &raw);
    both[0] = (struct pollfd){ .fd = 0, .events = POLLIN };
    both[1] = (struct pollfd){ .fd = master, .events = POLLIN };
    for (;;) {
        if (poll(both, 2, -1) < 0 && errno != EINTR)
            break;
        if (both[1].revents && !copy(master, 1))
            break;
        if (both[0].revents && !copy(0, master))
            break;
    }
    tcsetattr(0, TCSANOW, &was);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
