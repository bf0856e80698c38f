// Defines what the other file only declares.
#include "shell.h"

namespace outer {
struct Unseen { Shell::Late late; enum { INSIDE = 21 } inside; Cell<Level> levels; };
}  // namespace outer

static outer::Unseen instance = { { 5, { { 'u', outer::Level::High }, outer::Shell::ON, nullptr } }, outer::Unseen::INSIDE, {} };
outer::Unseen *unseen = &instance;

__attribute__((noinline)) int look(outer::Unseen *at) { return at->late.value + at->inside; }
extern "C" int other() { return look(unseen); }
