chroot /mnt sqlite3 /data/test.db 'delete from note where id > 3' vacuum
