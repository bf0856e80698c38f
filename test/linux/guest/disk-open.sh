. /t/disks.sh
mount -t ext4 $whole /mnt
