// Uses types whose members are all in the header, and one that only the other file defines.
#include "shell.h"

namespace outer {
Level Shell::level = Level::High;

__attribute__((noinline)) int Shell::Core::weigh(int by) const {
  struct Scale { int factor; Deep unit; } scale = { by, deep };
  return scale.factor * scale.unit.letter;
}

__attribute__((noinline)) int Shell::turn(Core next, Mode to) {
  Late kept = { to, core };
  late = &kept;
  core = next;
  return kept.kernel.weigh(kept.value);
}
}  // namespace outer

namespace {
struct Private { outer::Shell::Kernel kernel; int count; };
__attribute__((noinline)) int hidden(const Private &from, outer::Level level) { return from.count + static_cast<int>(level); }
}  // namespace

outer::Shell shell;
Private mine = { {}, 3 };
outer::Cell<outer::Shell::Mode> cell = { { { outer::Shell::ON }, { outer::Shell::OFF } } };
outer::Both both;
int (outer::Shell::Core::*method)(int) const = &outer::Shell::Core::weigh;
short outer::Shell::*half = nullptr;
outer::Cell<short>::Part part = { 9 };

extern "C" int main() {
  outer::Shell::Core core = shell.core;
  return shell.turn(core, outer::Shell::ON) + hidden(mine, outer::Level::Low) + cell.first() + both.both + shell.made() + (unseen != nullptr);
}
