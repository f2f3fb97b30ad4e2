/* The two-echelon repair network in bare C: a binary heap, arrays, and one row per order.
 *
 *     bare_two_echelon OUTLETS DEPOT_STOCK DAYS WARM_UP SEED
 *
 * Prints the number of orders, the share served at once after WARM_UP days, and seconds of processor time.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FAILURE, REPAIRED, ARRIVED };

typedef struct {
    int64_t time;
    int32_t kind, outlet;
} Entry;

static Entry *heap;
static int64_t pending, room = 1 << 12;
static uint64_t state;

static double draw(void) { /* xorshift64*, uniform in (0, 1) */
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return ((double)((state * 2685821657736338717ULL) >> 11) + 0.5) / 9007199254740992.0;
}

static int64_t exponential(double mean) { return (int64_t)(-log(draw()) * mean * 86400.0 + 0.5); }

static void at(int64_t time, int32_t kind, int32_t outlet) {
    if (pending == room && !(heap = realloc(heap, sizeof(Entry) * (size_t)(room *= 2)))) exit(1);
    int64_t place = pending++;
    while (place > 0 && time < heap[(place - 1) / 2].time) {
        heap[place] = heap[(place - 1) / 2];
        place = (place - 1) / 2;
    }
    heap[place] = (Entry){time, kind, outlet};
}

static Entry next(void) {
    Entry first = heap[0], last = heap[--pending];
    int64_t place = 0, child;
    while ((child = 2 * place + 1) < pending) {
        if (child + 1 < pending && heap[child + 1].time < heap[child].time) child++;
        if (last.time <= heap[child].time) break;
        heap[place] = heap[child];
        place = child;
    }
    heap[place] = last;
    return first;
}

int main(int count, char **words) {
    if (count != 6) return 2;
    int32_t outlets = atoi(words[1]), depot = atoi(words[2]);
    int64_t horizon = atoll(words[3]) * 86400, warm_up = atoll(words[4]) * 86400;
    state = (uint64_t)atoll(words[5]) * 2654435769u + 1442695040888963407ULL;
    clock_t begun = clock();
    int64_t most = (int64_t)(1.5 * 0.2 * outlets * (double)horizon / 86400.0) + 10000;
    int64_t *asked = malloc(sizeof(int64_t) * (size_t)most), *waited = malloc(sizeof(int64_t) * (size_t)most);
    int64_t *next_waiting = malloc(sizeof(int64_t) * (size_t)most); /* queues of orders, first come first served */
    int64_t *head = malloc(sizeof(int64_t) * (size_t)outlets), *tail = malloc(sizeof(int64_t) * (size_t)outlets);
    int32_t *shelf = malloc(sizeof(int32_t) * (size_t)outlets), *wanted = malloc(sizeof(int32_t) * (size_t)most);
    int64_t first_wanted = 0, last_wanted = 0, orders = 0, late = 0, served = 0;
    heap = malloc(sizeof(Entry) * (size_t)room);
    if (!asked || !waited || !next_waiting || !head || !tail || !shelf || !wanted || !heap) return 1;
    for (int32_t outlet = 0; outlet < outlets; outlet++) {
        shelf[outlet] = 1;
        head[outlet] = tail[outlet] = -1;
        at(exponential(5.0), FAILURE, outlet);
    }
    while (pending > 0) {
        Entry now = next();
        int32_t outlet = now.outlet;
        if (now.time >= horizon) break;
        if (now.kind == FAILURE) {
            int64_t order = orders++;
            if (orders >= most) return 1;
            asked[order] = now.time;
            waited[order] = -1;
            if (shelf[outlet] > 0) {
                shelf[outlet]--;
                waited[order] = 0;
            } else {
                next_waiting[order] = -1;
                if (tail[outlet] < 0) head[outlet] = order;
                else next_waiting[tail[outlet]] = order;
                tail[outlet] = order;
            }
            if (depot > 0) {
                depot--;
                at(now.time + 3 * 86400, ARRIVED, outlet);
            } else wanted[last_wanted++] = outlet;
            at(now.time + exponential(6.0), REPAIRED, outlet);
            at(now.time + exponential(5.0), FAILURE, outlet);
        } else if (now.kind == REPAIRED) {
            if (first_wanted < last_wanted) at(now.time + 3 * 86400, ARRIVED, wanted[first_wanted++]);
            else depot++;
        } else if (head[outlet] >= 0) {
            int64_t order = head[outlet];
            waited[order] = now.time - asked[order];
            if ((head[outlet] = next_waiting[order]) < 0) tail[outlet] = -1;
        } else shelf[outlet]++;
    }
    double seconds = (double)(clock() - begun) / CLOCKS_PER_SEC;
    for (int64_t order = 0; order < orders; order++) {
        if (asked[order] < warm_up) continue;
        late++;
        served += waited[order] == 0;
    }
    printf("%lld %.8f %.6f\n", (long long)orders, late ? (double)served / (double)late : 0.0, seconds);
    return 0;
}
