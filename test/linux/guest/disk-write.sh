# A disk is mounted, written to in several ways, and what is there is listed.
sh /t/disk-open.sh || exit
mkdir /mnt/data
cd /mnt/data
i=0
while [ $i -lt 60 ]; do
  echo "line $i" >> log
  i=$((i + 1))
done
dd if=/bin/busybox of=copy bs=8192 conv=fsync 2>&1 | grep records
dd if=/dev/zero of=sparse bs=4096 seek=1000 count=3 2>&1 | grep records
dd if=/bin/busybox of=copy bs=512 seek=77 count=1 conv=notrunc 2>&1 | grep records
mkdir many
for i in 0 1 2 3 4 5 6 7; do
  for j in 0 1 2 3 4; do echo $i $j > many/$i-$j; done
done
ln -s log link
mv many/3-3 moved
rm many/4-*
sync
cd /
sh /t/disk-list.sh
