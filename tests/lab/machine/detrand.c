/*
 * Preloaded into the User Mode Linux binary: its only source of entropy, getrandom(2), follows from LAB_SEED, so the
 * guest's random numbers are repeatable. xorshift64*; nothing secret depends on it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>

static uint64_t state;

ssize_t getrandom(void *buffer, size_t size, unsigned flags)
{
    unsigned char *bytes = buffer;

    (void)flags;
    if (!state) {
        const char *seed = getenv("LAB_SEED");
        state = 0x9E3779B97F4A7C15ull ^ (seed ? (strtoull(seed, 0, 0) + 1) * 0xD1342543DE82EF95ull : 1);
    }
    for (size_t i = 0; i < size; i++) {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        bytes[i] = (unsigned char)((state * 0x2545F4914F6CDD1Dull) >> 56);
    }
    return (ssize_t)size;
}
