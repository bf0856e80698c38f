/* The other file. */
typedef long big;
struct same { big first, second; };
enum state { READY = 100, DONE };
struct far { struct same same; enum state state; };

static struct far instance = { { 1, 2 }, DONE };
struct far *far_away = &instance;

__attribute__((noinline)) int other(struct far *from) { return (int)from->same.second + (from->state == READY); }
