// A post office that works without a break. Press keys while it does.
#include "post-office.h"

void main(void) {
  console_init();
  print("The post office is open. Every key you press puts a time stamp on the letter on the desk.\n");
  letters_init();
  interrupts_init();
  for (u32 batch = 1;; batch++) deliver_batch(batch);
}
