chroot /mnt sqlite3 /data/test.db 'pragma integrity_check' 'select count(*), sum(size), max(name) from thing' 'select * from note order by id'
