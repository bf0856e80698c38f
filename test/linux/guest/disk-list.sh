cd /mnt/data
find . | sort | xargs ls -ld | awk '{ print $1, $3, $5, $9, $10, $11 }'
md5sum log copy sparse moved
cat many/* | md5sum
cd /
