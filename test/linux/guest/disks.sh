# Which disk is which: one is whole, one is cut short.
for name in vda vdb; do
  if [ "$(cat /sys/block/$name/size)" = 131072 ]; then whole=/dev/$name; else short=/dev/$name; fi
done
