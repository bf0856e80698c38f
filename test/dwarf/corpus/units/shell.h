// Types that several files use, one in another, for debug information that keeps them in units of their own.
#pragma once

namespace outer {
enum class Level : short { Low = -1, High = 300 };

class Shell {
 public:
  enum Mode { OFF, ON = 4 };
  struct Core {
    struct Deep { char letter; Level level; };
    Deep deep;
    Mode mode;
    Shell *owner;
    int weigh(int by) const;
  };
  typedef Core Kernel;
  struct Late;
  static Level level;
  static int made() { return 7; }
  virtual int turn(Core core, Mode mode);
  Core core;
  Late *late;
  union { int whole; short halves[2]; };
};

struct Shell::Late { int value; Shell::Kernel kernel; };

template <class T> struct Cell {
  struct Part { T item; };
  Part parts[2];
  T first() const { return parts[0].item; }
};

struct Common { int common; };
struct Left : virtual Common { int left; };
struct Right : virtual Common { int right; };
struct Both : Left, Right { int both; };

struct Unseen;
}  // namespace outer

__attribute__((weak)) extern outer::Unseen *unseen;
