# What BusyBox's programs print; the figures of speed are dropped.
cd /tmp
dd if=/dev/zero of=zeros bs=4096 count=300 2>&1 | grep records
i=0
while [ $i -lt 200 ]; do
  echo "line $i of $((i * i % 97))"
  i=$((i + 1))
done > lines
wc lines
md5sum zeros lines /bin/busybox
dd if=/bin/busybox of=copy bs=1000 skip=17 count=250 2>&1 | grep records
sha256sum copy lines | dd bs=7 2> /dev/null
dd if=copy of=zeros bs=512 seek=100 conv=notrunc 2>&1 | grep records
md5sum copy zeros
gzip -c zeros | gunzip | cmp - zeros && echo same
gzip -9 < copy | md5sum
tar cf - lines copy 2> /dev/null | tar tf -
sort -t ' ' -k 4n -k 2n lines | awk '{ sum += NR * $4; text = text substr($4, 1, 1) } END { printf "%d %.6f %s\n", sum, sum / 7, length(text) }'
sed -n 's/^line \([0-9]*\)5 of \(.\)$/\2 \1/p' lines | sort | uniq -c | sort -rn | head -5
n=0
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
  (for j in 1 2 3; do echo "$i $j" | cat; done) &
done | sort -n | md5sum
wait
for i in 1 2 3 4 5 6 7 8; do n=$((n + $(echo $i | tr 1-8 2-9))); done
echo "sum $n"
f() { [ "$1" -lt 2 ] && echo "$1" || echo $(($(f $(($1 - 1))) + $(f $(($1 - 2))))); }
echo "fib $(f 6)"
find /t -type f | sort | xargs wc -c | tail -1
rm zeros lines copy
