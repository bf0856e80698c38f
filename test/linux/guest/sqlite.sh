# Debian's sqlite3 on the disk; its shared libraries are there too.
chroot /mnt sqlite3 -version
cp /t/sqlite.sql /mnt/data
chroot /mnt sqlite3 /data/test.db '.read /data/sqlite.sql'
