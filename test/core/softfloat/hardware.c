/*
 * Runs one operation on this computer's floating-point unit, in its four rounding modes.
 *
 *   hardware OPERATION < operands > results
 *
 * operands: triples of u64 (singles in the low 32 bits); results: for each mode (RNE RTZ RDN RUP), for each triple, a
 * u64 of result bits and a u64 of RISC-V fflags. Exits with 2 if the processor lacks the operation.
 */
#include <fenv.h>
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t (*operation)(uint64_t a, uint64_t b, uint64_t c);

static float single(uint64_t bits) {
  uint32_t low = (uint32_t)bits;
  float value;
  memcpy(&value, &low, sizeof value);
  return value;
}

static double real(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static uint64_t single_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static uint64_t real_bits(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

#define FMA __attribute__((target("fma")))
#define BOTH(name, attributes, expression)                                                \
  attributes static uint64_t f32##name(uint64_t x, uint64_t y, uint64_t z) {              \
    volatile float a = single(x), b = single(y), c = single(z), result;                   \
    (void)b, (void)c;                                                                     \
    result = SINGLE_##expression;                                                         \
    return single_bits(result);                                                           \
  }                                                                                       \
  attributes static uint64_t f64##name(uint64_t x, uint64_t y, uint64_t z) {              \
    volatile double a = real(x), b = real(y), c = real(z), result;                        \
    (void)b, (void)c;                                                                     \
    result = REAL_##expression;                                                           \
    return real_bits(result);                                                             \
  }
#define COMPARISON(name, operator)                                                        \
  static uint64_t f32##name(uint64_t x, uint64_t y, uint64_t z) {                         \
    volatile float a = single(x), b = single(y);                                          \
    return (void)z, a operator b;                                                         \
  }                                                                                       \
  static uint64_t f64##name(uint64_t x, uint64_t y, uint64_t z) {                         \
    volatile double a = real(x), b = real(y);                                             \
    return (void)z, a operator b;                                                         \
  }
#define CONVERSION(name, type, read, expression)                                          \
  static uint64_t name(uint64_t x, uint64_t y, uint64_t z) {                              \
    volatile type a = read(x);                                                            \
    return (void)y, (void)z, (uint64_t)(expression);                                      \
  }

#define SINGLE_ADD a + b
#define REAL_ADD a + b
#define SINGLE_SUB a - b
#define REAL_SUB a - b
#define SINGLE_MUL a * b
#define REAL_MUL a * b
#define SINGLE_DIV a / b
#define REAL_DIV a / b
#define SINGLE_SQRT _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(a)))
#define REAL_SQRT _mm_cvtsd_f64(_mm_sqrt_sd(_mm_setzero_pd(), _mm_set_sd(a)))
#define SINGLE_FMA __builtin_fmaf(a, b, c)
#define REAL_FMA __builtin_fma(a, b, c)

BOTH(Add, , ADD)
BOTH(Sub, , SUB)
BOTH(Mul, , MUL)
BOTH(Div, , DIV)
BOTH(Sqrt, , SQRT)
BOTH(MulAdd, FMA, FMA)
COMPARISON(Eq, ==)
COMPARISON(Lt, <)
COMPARISON(Le, <=)
CONVERSION(f32ToI32, float, single, (int64_t)_mm_cvtss_si32(_mm_set_ss(a)))
CONVERSION(f32ToI64, float, single, _mm_cvtss_si64(_mm_set_ss(a)))
CONVERSION(f64ToI32, double, real, (int64_t)_mm_cvtsd_si32(_mm_set_sd(a)))
CONVERSION(f64ToI64, double, real, _mm_cvtsd_si64(_mm_set_sd(a)))
CONVERSION(f32FromI32, int32_t, (int32_t), single_bits((float)a))
CONVERSION(f32FromU32, uint32_t, (uint32_t), single_bits((float)a))
CONVERSION(f32FromI64, int64_t, (int64_t), single_bits((float)a))
CONVERSION(f64FromI32, int32_t, (int32_t), real_bits((double)a))
CONVERSION(f64FromU32, uint32_t, (uint32_t), real_bits((double)a))
CONVERSION(f64FromI64, int64_t, (int64_t), real_bits((double)a))
CONVERSION(f32ToF64, float, single, real_bits((double)a))
CONVERSION(f64ToF32, double, real, single_bits((float)a))

#define ROW(name) { #name, name }
#define ROWS(name) ROW(f32##name), ROW(f64##name)
static const struct { const char *name; operation run; } operations[] = {
  ROWS(Add), ROWS(Sub), ROWS(Mul), ROWS(Div), ROWS(Sqrt), ROWS(MulAdd), ROWS(Eq), ROWS(Lt), ROWS(Le),
  ROWS(ToI32), ROWS(ToI64), ROWS(FromI32), ROWS(FromU32), ROWS(FromI64), ROW(f32ToF64), ROW(f64ToF32),
};

static uint64_t riscv_flags(int raised) {
  return (raised & FE_INEXACT ? 1 : 0) | (raised & FE_UNDERFLOW ? 2 : 0) | (raised & FE_OVERFLOW ? 4 : 0) |
         (raised & FE_DIVBYZERO ? 8 : 0) | (raised & FE_INVALID ? 16 : 0);
}

int main(int argc, char **argv) {
  static const int modes[] = { FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD };
  operation run = NULL;
  for (size_t i = 0; argc == 2 && i < sizeof operations / sizeof operations[0]; i++)
    if (strcmp(argv[1], operations[i].name) == 0) run = operations[i].run;
  if (run == NULL) return 1;
  if (strstr(argv[1], "MulAdd") && !__builtin_cpu_supports("fma")) return 2;

  size_t capacity = 1 << 16, size = 0, got;
  uint64_t *words = malloc(capacity);
  while (words && (got = fread((char *)words + size, 1, capacity - size, stdin)) > 0) {
    size += got;
    if (size == capacity) words = realloc(words, capacity *= 2);
  }
  if (!words) return 1;
  for (int mode = 0; mode < 4; mode++) {
    for (size_t i = 0; i + 3 <= size / 8; i += 3) {
      uint64_t result[2];
      fesetround(modes[mode]);
      feclearexcept(FE_ALL_EXCEPT);
      result[0] = run(words[i], words[i + 1], words[i + 2]);
      result[1] = riscv_flags(fetestexcept(FE_ALL_EXCEPT));
      fwrite(result, sizeof result, 1, stdout);
    }
  }
  return 0;
}
