/* A bare calendar of occurrences: how long does a C program take that does nothing but keep them in order?
 *
 *     bare_heap OCCURRENCES SIZE WORDS
 *
 * The hold model: a binary heap of SIZE entries of 16 bytes (second, key); OCCURRENCES times the first is taken off,
 * WORDS 32-bit words are written down, and one comes in at a random time later. Prints seconds of processor time.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct {
    int64_t time, key;
} Entry;

static inline int before(const Entry *one, const Entry *other) {
    return one->time < other->time || (one->time == other->time && one->key < other->key);
}

static void push(Entry *heap, int64_t size, Entry entry) {
    int64_t place = size;
    while (place > 0 && before(&entry, &heap[(place - 1) / 2])) {
        heap[place] = heap[(place - 1) / 2];
        place = (place - 1) / 2;
    }
    heap[place] = entry;
}

static Entry pop(Entry *heap, int64_t size) {
    Entry first = heap[0], last = heap[size - 1];
    int64_t place = 0, child;
    while ((child = 2 * place + 1) < size - 1) {
        if (child + 1 < size - 1 && before(&heap[child + 1], &heap[child])) child++;
        if (!before(&heap[child], &last)) break;
        heap[place] = heap[child];
        place = child;
    }
    heap[place] = last;
    return first;
}

static uint64_t state = 88172645463325252ULL;

static inline uint64_t draw(void) { /* xorshift64 */
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

int main(int count, char **words) {
    if (count != 4) return 2;
    int64_t occurrences = atoll(words[1]), size = atoll(words[2]), row = atoll(words[3]), written = 0;
    Entry *heap = malloc(sizeof(Entry) * (size_t)(size + 1));
    int32_t *rows = malloc(sizeof(int32_t) * (size_t)(occurrences * row + 1));
    if (!heap || !rows) return 1;
    for (int64_t i = 0; i < size; i++) push(heap, i, (Entry){(int64_t)(draw() % 1000000), i});
    clock_t begun = clock();
    for (int64_t i = 0; i < occurrences; i++) {
        Entry entry = pop(heap, size);
        for (int64_t word = 0; word < row; word++) rows[written++] = (int32_t)(entry.time + word);
        entry.time += 1 + (int64_t)(draw() % 1000000);
        push(heap, size - 1, entry);
    }
    double seconds = (double)(clock() - begun) / CLOCKS_PER_SEC;
    printf("%.6f %d\n", seconds, (int)(heap[0].time + rows[written > 0 ? written - 1 : 0]) & 1);
    return 0;
}
