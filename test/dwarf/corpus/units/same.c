/* A structure of the same name as another one of the other file, and one that only the other file defines. */
struct same { int only; };
struct far;
enum state { IDLE, BUSY = 9 };
struct job { enum state state; struct job *next; struct same *of; union { int number; float fraction; }; };

extern struct far *far_away;
struct same here = { 11 };
struct job job = { BUSY, &job, &here, { 1 } };

__attribute__((noinline)) static int count(struct job *from, struct same by) {
  struct same copy = { by.only + 1 };
  return from->of->only + copy.only;
}

int main(void) { return count(&job, here) + (far_away != 0); }
