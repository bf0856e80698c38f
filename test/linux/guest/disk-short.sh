# A disk that ends in the middle of a sector, and sooner than its file system says.
. /t/disks.sh
mount -t ext4 $short /tmp 2>&1 | sed 's/vd[ab]/disk/'
dmesg | grep 'bad geometry' | sed 's/.*: //'
cat /sys/block/${short#/dev/}/size
tail -c 600 $short | md5sum
dd if=/bin/busybox of=$short bs=512 seek=40955 count=5 2>&1 | grep records
dd if=/bin/busybox of=$short bs=512 seek=40960 count=5 2>&1 | grep records
tail -c 1500 $short | md5sum
